package check

import "github.com/xenpci/xenpci/internal/hostboot"

// Severity is how much a finding weighs.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // something does not do what it is written for, or the host does not boot
	Warning Severity = "warning" // it works, and may cost the host something
	Note    Severity = "note"    // what could not be checked
)

// Code is what a finding is about.
type Code string

// The codes of findings about a word.
const (
	UnknownOption    Code = "unknown_option"    // this Xen does not take it
	GoneOption       Code = "gone_option"       // Xen took it once
	WrongType        Code = "wrong_type"        // the value is not of the option's type
	WrongValue       Code = "wrong_value"       // the value is not among those that are documented
	DoubleNegative   Code = "double_negative"   // "no-x=off" switches x on
	NoUnit           Code = "no_unit"           // a size without a unit is in KiB
	WordTooLong      Code = "word_too_long"     // Xen cuts it
	ValueTooLong     Code = "value_too_long"    // the option has no room for it
	Dom0Word         Code = "dom0_word"         // a word of dom0's kernel on Xen's line
	XenWord          Code = "xen_word"          // a word of Xen on the line of dom0's kernel
	Repeated         Code = "repeated"          // it is there twice, or another one replaces it
	NoOutput         Code = "no_output"         // Xen's console goes nowhere
	ConsoleTaken     Code = "console_taken"     // Xen has the serial port that dom0 would use
	Risky            Code = "risky"             // it costs hosts
	UnknownParameter Code = "unknown_parameter" // dom0's kernel and its modules do not take it
	Quoting          Code = "quoting"           // GRUB does not hand the value on as it is written
)

// The codes of findings about a line, an entry or a file.
const (
	LineTooLong    Code = "line_too_long"   // it is cut
	NoDom0Memory   Code = "no_dom0_memory"  // dom0_mem= is missing
	NoDom0Maximum  Code = "no_dom0_maximum" // dom0_mem= has no max:
	NotXen         Code = "next_not_xen"    // what boots next is not Xen
	NotKnown       Code = "next_unknown"    // the files do not tell what boots next
	NextRecovery   Code = "next_recovery"   // what boots next is for recovery
	DefaultMissing Code = "default_missing" // the default names no entry
	FileMissing    Code = "file_missing"    // a file that the entry loads is not there
	FileDamaged    Code = "file_damaged"    // it is empty, or cannot be unpacked
	NoInitramfs    Code = "no_initramfs"    // the entry loads none, and the root file system needs one
	NoMultiboot2   Code = "no_multiboot2"   // under EFI, GRUB does not start Xen as it should
	NoRoom         Code = "no_room"         // there is no room for one more kernel
	NoDom0Kernel   Code = "no_dom0_kernel"  // the kernel cannot be dom0
	ConfigStale    Code = "config_stale"    // the generated file is older than its settings
	ImageUnread    Code = "image_unread"    // the options are those of a build of about the same release
	KernelUnread   Code = "kernel_unread"   // the words that the kernel of dom0 takes are not known
)

// Finding is something wrong with the boot configuration.
type Finding struct {
	Severity Severity
	Code     Code
	Place    hostboot.Place
	Word     string // as it is written; "" where it is about no single word
	Reason   string
	Advice   string // "" where there is nothing to do
}
