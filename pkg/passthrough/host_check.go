package passthrough

import (
	"context"
	"slices"
	"sync"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/check"
	"github.com/xenpci/xenpci/internal/hostboot/option"
)

// HostCheck is what is wrong with the boot configuration.
type HostCheck struct {
	File     string        `json:"file,omitempty"` // the configuration that was checked
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Findings []HostFinding `json:"findings"`
}

// Class returns ClassFailed if there is an error; of a strict check, also if there is a warning.
func (c HostCheck) Class(strict bool) Class {
	if c.Errors > 0 || strict && c.Warnings > 0 {
		return ClassFailed
	}
	return ClassDone
}

// HostFinding is something wrong with the boot configuration.
type HostFinding struct {
	Severity HostSeverity `json:"severity"`
	Code     HostCode     `json:"code"`
	Place    HostPlace    `json:"place"`
	Word     string       `json:"word,omitempty"` // of a command line, as it is written, or the name of a file
	Reason   string       `json:"reason"`
	Advice   string       `json:"advice,omitempty"`
}

// HostSeverity is how much a finding weighs.
type HostSeverity string

// The severities.
const (
	HostError   HostSeverity = "error"   // something does not do what it is written for, or the host does not boot
	HostWarning HostSeverity = "warning" // it works, and may cost the host something
	HostNote    HostSeverity = "note"    // what could not be checked
)

// HostCode says for programs what a finding is about.
type HostCode string

// The codes of findings about a word of a command line.
const (
	HostUnknownOption    HostCode = "unknown_option"    // this Xen does not take it
	HostGoneOption       HostCode = "gone_option"       // Xen took it once
	HostWrongType        HostCode = "wrong_type"        // the value is not of the option's type
	HostWrongValue       HostCode = "wrong_value"       // the value is not among those that are documented
	HostDoubleNegative   HostCode = "double_negative"   // "no-x=off" switches x on
	HostNoUnit           HostCode = "no_unit"           // a size without a unit is in KiB
	HostWordTooLong      HostCode = "word_too_long"     // Xen cuts it
	HostValueTooLong     HostCode = "value_too_long"    // the option has no room for it
	HostDom0Word         HostCode = "dom0_word"         // a word of dom0's kernel on Xen's line
	HostXenWord          HostCode = "xen_word"          // a word of Xen on the line of dom0's kernel
	HostRepeated         HostCode = "repeated"          // it is there twice, or another one replaces it
	HostNoOutput         HostCode = "no_output"         // Xen's console goes nowhere
	HostConsoleTaken     HostCode = "console_taken"     // Xen has the serial port that dom0 would use
	HostRisky            HostCode = "risky"             // it costs hosts
	HostUnknownParameter HostCode = "unknown_parameter" // dom0's kernel and its modules do not take it
	HostQuoting          HostCode = "quoting"           // GRUB does not hand the value on as it is written
)

// The codes of findings about a line, an entry or a file.
const (
	HostLineTooLong    HostCode = "line_too_long"   // it is cut
	HostNoDom0Memory   HostCode = "no_dom0_memory"  // dom0_mem= is missing
	HostNoDom0Maximum  HostCode = "no_dom0_maximum" // dom0_mem= has no max:
	HostNotXen         HostCode = "next_not_xen"    // what boots next is not Xen
	HostNotKnown       HostCode = "next_unknown"    // the files do not tell what boots next
	HostNextRecovery   HostCode = "next_recovery"   // what boots next is for recovery
	HostDefaultMissing HostCode = "default_missing" // the default names no entry
	HostFileMissing    HostCode = "file_missing"    // a file that the entry loads is not there
	HostFileDamaged    HostCode = "file_damaged"    // it is empty, or cannot be unpacked
	HostNoInitramfs    HostCode = "no_initramfs"    // the entry loads none, and the root file system needs one
	HostNoMultiboot2   HostCode = "no_multiboot2"   // under EFI, GRUB does not start Xen as it should
	HostNoRoom         HostCode = "no_room"         // there is no room for one more kernel
	HostNoDom0Kernel   HostCode = "no_dom0_kernel"  // the kernel cannot be dom0
	HostConfigStale    HostCode = "config_stale"    // the generated file is older than its settings
	HostImageUnread    HostCode = "image_unread"    // the options are those of a build of about the same release
	HostKernelUnread   HostCode = "kernel_unread"   // the words that dom0's kernel takes are not known
)

// HostCheckOptions are what is checked.
type HostCheckOptions struct {
	File string // a file as if the boot loader read it; "" for that which it does read
	All  bool   // the other entries that boot Xen too, and not only what boots next
}

// CheckHostBoot returns what is wrong with what boots next or, with the name of a file, with what
// would boot if the boot loader read that file. The error is about reading the file. Where dom0's
// kernel cannot be read, a note says so, and only the words for its modules are judged.
func (v *View) CheckHostBoot(ctx context.Context, o HostCheckOptions) (HostCheck, error) {
	next := v.nextBoot()
	if o.File != "" {
		var err error
		if next, err = hostboot.ReadFile(v.fs, o.File); err != nil {
			return HostCheck{}, wrapped(err)
		}
	}
	manual, running := option.Open(), hostboot.ReadRunning(v.fs, "").Release
	found := check.Check(v.fs, next, manual, running)
	kernels := map[string]func() (*hostboot.Kernel, error){}
	parameters := func(n hostboot.Next) {
		if !n.Xen {
			return
		}
		if kernels[n.Kernel.Name] == nil { // entries may share a kernel
			kernels[n.Kernel.Name] = sync.OnceValues(func() (*hostboot.Kernel, error) { return hostboot.ReadKernel(ctx, v.fs, n) })
		}
		kernel, unread := kernels[n.Kernel.Name]()
		found = append(found, check.Parameters(ctx, n, kernel, unread)...)
	}
	parameters(next)
	if o.All {
		others, err := next.Others(v.fs)
		if err != nil {
			return HostCheck{}, wrapped(err)
		}
		for _, other := range others {
			found = append(found, check.Entry(v.fs, other, manual, running)...)
			parameters(other)
		}
	}
	return newHostCheck(next, found), nil
}

// newHostCheck counts findings, each once: entries have words from the same settings.
func newHostCheck(next hostboot.Next, found []check.Finding) HostCheck {
	checked := HostCheck{File: next.Loader.Config, Findings: []HostFinding{}}
	for _, f := range found {
		shown := HostFinding{HostSeverity(f.Severity), HostCode(f.Code), newHostPlace(f.Place), f.Word, f.Reason, f.Advice}
		if slices.Contains(checked.Findings, shown) {
			continue
		}
		switch f.Severity {
		case check.Error:
			checked.Errors++
		case check.Warning:
			checked.Warnings++
		case check.Note:
		}
		checked.Findings = append(checked.Findings, shown)
	}
	return checked
}
