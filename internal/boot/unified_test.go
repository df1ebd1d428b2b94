package boot

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/pe/petest"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// TestStub reads what a unified image of systemd-stub boots, which is Linux without Xen: nothing of it is
// edited.
func TestStub(t *testing.T) {
	t.Parallel()
	const name, other = "/boot/efi/EFI/Linux/debian.efi", "/boot/efi/EFI/Linux/old.efi"
	image := petest.Program(".linux", "k", ".initrd", "i", ".cmdline", "root=/dev/sda1 ro\n\x00", ".osrel", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n")
	m := newMachine(t, map[string]string{name: image})
	before := m.tree()
	h := m.look(nil)
	if diff := cmp.Diff(Loader{Kind: Stub, Program: name, Config: name, Unified: true}, h.Loader); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l, err := LoaderOf(m.fs, name); err != nil || !cmp.Equal(l, h.Loader) {
		t.Errorf("%+v, %v", l, err)
	}
	got, err := h.Loader.Next(m.fs)
	want := Next{Title: "Debian GNU/Linux 12", Linux: true, Image: &StubImage{Kernel: ".linux", Initrds: []string{".initrd"}, CommandLine: "root=/dev/sda1 ro"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var byHand *ByHandError
	if err := m.edit(nil, setting(false, "quiet")); !errors.As(err, &byHand) {
		t.Errorf("%v", err)
	} else {
		hasFacts(t, err.Error(), name+" is a unified image that boots Linux without Xen | the section .cmdline")
	}
	haveFacts(t, h.Loader.unjudged(m.fs), []string{`the default entry "Debian GNU/Linux 12" boots Linux without Xen`})
	if err := m.set(nil, 2, KernelArgument); err == nil {
		t.Error("devices are hidden in it")
	}
	m.isAs(before)

	m.write(other, image)
	if l, err := FindLoader(m.fs); err == nil || l.Known() {
		t.Errorf("one of two: %+v", l)
	} else {
		hasFacts(t, err.Error(), "cannot tell which of these unified images boots: | "+name+" | "+other)
	}
}

// TestNextUnified reads what a unified image boots, and where its files are.
func TestNextUnified(t *testing.T) {
	t.Parallel()
	const config = "[global]\ndefault=xen\n[xen]\noptions=dom0_mem=1G,max:1G console=com1\nkernel=vmlinuz-6.1 root=/dev/sda1 ro\nramdisk=initrd.img-6.1\n"
	const name = "/boot/efi/EFI/Linux/xen.efi"
	for _, test := range []struct {
		about, file string
		want        []string // title, kernel, its path, initrds with their paths, both lines
	}{
		{"all inside", petest.Program(".config", config+"\x00\x00", ".kernel", "k", ".ramdisk", "r"), []string{
			"xen", "vmlinuz-6.1", name, ".ramdisk", name, "dom0_mem=1G,max:1G console=com1", " root=/dev/sda1 ro",
		}},
		{"the initramfs beside it", petest.Program(".config", config, ".kernel", "k"), []string{
			"xen", "vmlinuz-6.1", name, "initrd.img-6.1", "/boot/efi/EFI/Linux/initrd.img-6.1", "dom0_mem=1G,max:1G console=com1", " root=/dev/sda1 ro",
		}},
		{"no kernel named", petest.Program(".config", "[global]\ndefault=xen\n", ".kernel", "k"), nil},
		{"of systemd's stub", petest.Program(".linux", "Xen version %d.%d"), nil},
	} {
		f := sysfs.New(graphtest.Plant(t, map[string]string{name: test.file, "/boot/efi/EFI/Linux/initrd.img-6.1": "x"}))
		l, err := LoaderOf(f, name)
		if err != nil || !l.Unified {
			t.Fatalf("%s: %+v, %v", test.about, l, err)
		}
		next, err := l.Next(f)
		if test.want == nil {
			if !errors.Is(err, ErrNotKnown) {
				t.Errorf("%s: %v", test.about, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		e := next.Entry
		got := []string{e.Title, e.Kernel, e.Find(f, l, e.Kernel)}
		for _, initrd := range e.Initrds {
			got = append(got, initrd, e.Find(f, l, initrd))
		}
		got = append(got, e.Hypervisor.Arguments.String(), e.Dom0.String())
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.about, diff)
		}
		if entries, err := l.Entries(f); len(entries) > 0 || err != nil {
			t.Errorf("%s: entries that could be edited: %+v, %v", test.about, entries, err)
		}
	}
}
