package hypervisor

import (
	"slices"
	"strings"
)

// Mark is what a line of Xen's console ring is about, if it is one that an administrator
// looks for.
type Mark string

// The marks.
const (
	MarkUnknownOption Mark = "unknown_option" // the command line has an option that this Xen does not know
	MarkInvalidValue  Mark = "invalid_value"  // an option has a value that this Xen does not take
	MarkBadConsole    Mark = "bad_console"    // console= has something that this Xen does not know
	MarkPanic         Mark = "panic"          // Xen or dom0 crashed
	MarkWarning       Mark = "warning"        // Xen found something wrong in itself, and went on
	MarkIOMMUFault    Mark = "iommu_fault"    // the IOMMU stopped an access of a device, or reports an error
	MarkIOMMU         Mark = "iommu"          // any other line on the IOMMU or interrupt remapping
)

// prefix begins every line that Xen itself prints after its console is up. Lines of guests
// begin with their number, as in "(d1)".
const prefix = "(XEN) "

// sign is a text by which lines are known.
type sign struct {
	mark  Mark
	parts []string // all of them are in the line
}

// signs returns the texts, the most telling first (xen/common/kernel.c,
// xen/drivers/char/console.c, xen/common/bug.c, xen/arch/x86/traps.c,
// xen/common/shutdown.c, xen/drivers/passthrough).
func signs() []sign {
	return []sign{
		{MarkUnknownOption, []string{`parameter "`, `" unknown!`}},
		{MarkInvalidValue, []string{`parameter "`, `has invalid value`}},
		{MarkBadConsole, []string{"Bad console= option"}},
		{MarkPanic, []string{"Panic on CPU "}},
		{MarkPanic, []string{"FATAL TRAP: "}},
		{MarkPanic, []string{"FATAL PAGE FAULT"}},
		{MarkPanic, []string{"DOUBLE FAULT"}},
		{MarkPanic, []string{"Xen BUG at "}},
		{MarkPanic, []string{"Assertion '", "' failed at "}},
		{MarkPanic, []string{"Hardware Dom", " crashed: "}},
		{MarkPanic, []string{"Hardware Dom", "watchdog rebooting machine"}},
		{MarkPanic, []string{"Domain 0 (vcpu#", ") crashed on cpu#"}},
		{MarkWarning, []string{"Xen WARN at "}},
		{MarkIOMMUFault, []string{"Request device ["}},
		{MarkIOMMUFault, []string{"[VT-D]", ": reason "}},
		{MarkIOMMUFault, []string{"IO_PAGE_FAULT"}},
		{MarkIOMMUFault, []string{"ILLEGAL_DEV_TABLE_ENTRY "}},
		{MarkIOMMUFault, []string{"DEV_TABLE_HW_ERROR "}},
		{MarkIOMMUFault, []string{"PAGE_TABLE_HW_ERROR "}},
		{MarkIOMMUFault, []string{"ILLEGAL_COMMAND_ERROR "}},
		{MarkIOMMUFault, []string{"COMMAND_HW_ERROR "}},
		{MarkIOMMUFault, []string{"IOTLB_INV_TIMEOUT "}},
		{MarkIOMMUFault, []string{"INVALID_DEV_REQUEST "}},
		{MarkIOMMUFault, []string{"smmu", "Unhandled context fault"}},
		{MarkIOMMU, []string{"I/O virtualisation "}},
		{MarkIOMMU, []string{"nterrupt remapping "}},
		{MarkIOMMU, []string{"nterrupt Remapping "}},
		{MarkIOMMU, []string{"Intel VT-d "}},
		{MarkIOMMU, []string{"[VT-D]"}},
		{MarkIOMMU, []string{"AMD-Vi"}},
		{MarkIOMMU, []string{"IOMMU"}},
		{MarkIOMMU, []string{" - Dom0 mode: "}},
	}
}

// MarkOf returns the mark of a line; "" for most.
func MarkOf(line string) Mark {
	text, own := strings.CutPrefix(line, prefix)
	if !own {
		return ""
	}
	for _, s := range signs() {
		if !slices.ContainsFunc(s.parts, func(part string) bool { return !strings.Contains(text, part) }) {
			return s.mark
		}
	}
	return ""
}
