package hypervisor

import "testing"

func TestMarkOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		want Mark
	}{
		{`(XEN) parameter "noht" unknown!`, MarkUnknownOption},
		{`(XEN) [    0.000000] parameter "noht" unknown!`, MarkUnknownOption},
		{`(XEN) [2024-05-01 10:00:00] parameter "noht" unknown!`, MarkUnknownOption},
		{`(XEN) parameter "smt" has invalid value "maybe", rc=-22!`, MarkInvalidValue},
		{`(XEN) Bad console= option 'hvc0'`, MarkBadConsole},
		{`(XEN) Panic on CPU 0:`, MarkPanic},
		{`(XEN) Assertion 'd->is_dying' failed at common/domain.c:1000`, MarkPanic},
		{`(XEN) Xen BUG at drivers/passthrough/pci.c:100`, MarkPanic},
		{`(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.`, MarkPanic},
		{`(XEN) Hardware Dom0 shutdown: watchdog rebooting machine`, MarkPanic},
		{`(XEN) Hardware Dom0 shutdown: rebooting machine`, ""},
		{`(XEN) Domain 0 (vcpu#0) crashed on cpu#1:`, MarkPanic},
		{`(XEN) Domain 7 (vcpu#0) crashed on cpu#1:`, ""},
		{`(XEN) Xen WARN at arch/x86/mm.c:100`, MarkWarning},
		{`(XEN) [VT-D]DMAR:[DMA Read] Request device [0000:00:09.0] fault addr 1000`, MarkIOMMUFault},
		{`(XEN) [VT-D]DMAR:[DMA Write] Request device [00:09.0] fault addr 1000, iommu reg = ffff82c000a0d000`, MarkIOMMUFault},
		{`(XEN) [VT-D]DMAR: reason 06 - PTE Read access is not set on iommu:0`, MarkIOMMUFault},
		{`(XEN) AMD-Vi: IO_PAGE_FAULT: 0000:09:00.0 d0 addr 00000000fffffff0 flags 0`, MarkIOMMUFault},
		{`(XEN) INVALID_DEV_REQUEST 00000000 a0000000 00000000 00000000`, MarkIOMMUFault},
		{`(XEN) I/O virtualisation enabled`, MarkIOMMU},
		{`(XEN) Interrupt remapping enabled`, MarkIOMMU},
		{`(XEN)  - Dom0 mode: Relaxed`, MarkIOMMU},
		{`(XEN) Intel VT-d iommu 0 supported page sizes: 4kB, 2MB, 1GB`, MarkIOMMU},
		{`(XEN) AMD-Vi: IOMMU not found!`, MarkIOMMU},
		{`(XEN) Latest ChangeSet: `, ""},
		{`(d1) parameter "noht" unknown!`, ""},
		{`(d1) (XEN) Panic on CPU 0:`, ""},
		{` Xen 4.17.5`, ""},
		{``, ""},
	} {
		if got := MarkOf(test.line); got != test.want {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
	}
}
