// Package passthrough manages the PCI devices that a Xen dom0 gives to guests:
// it takes a device from dom0's drivers, has pciback hold it for guests, gives
// it back, and has devices hidden at every boot.
//
// Open returns the Host of a machine. Host.Look returns a View of it, which
// reads each fact once, when it is first needed. The verbs are methods of the
// view: Status, Describe, Hide, Unhide, Declare, Withdraw, Apply, Verify,
// Import, Boot, EnableBoot and DisableBoot. Each returns values, and reports
// progress and warnings to the function that the caller gives it.
//
//	host, err := passthrough.Open("/", passthrough.Options{})
//	if err != nil { ... }
//	view := host.Look()
//	devices, err := view.Select("00:09.0")
//	if err != nil { ... }
//	moved, err := view.Hide(ctx, devices, passthrough.HideOptions{}, nil)
//	err = errors.Join(err, moved.Err())
//
// What a verb refuses or cannot do is an *Error: a code for programs, a reason
// and an advice for people. ClassOf returns the class of any error of this
// package.
//
// A verb whose context ends finishes or undoes the move that it is making; the other
// devices stay where they are, with CodeInterrupted. Undoing does not look at the
// context, so a call may last as long as one write may wait (Options.Timeout) after its
// context has ended. What a killed program left half-way is completed by the next verb
// that moves devices, or by Recover.
//
// The functions of one USB controller (EHCI with UHCI or OHCI in one slot) have to be
// named together, and are moved in an order of their own: moved apart, they make the
// kernel corrupt its memory (pciback.Companions). CodeUSBCompanions is such a refusal.
//
// Advice is for people who have the command xenpci at hand.
//
// The types of this package are also what 'xenpci --json' prints; SchemaVersion
// is their version.
package passthrough

// SchemaVersion is the version of the JSON form of this package's types. It
// changes when a field changes its meaning or goes; a new field does not change
// it.
const SchemaVersion = 2
