package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "host",
		Short: "Show what runs on this Xen host, and what boots next",
		Long: `host shows which Xen and which kernel of dom0 run, and what the boot loader
starts next unless somebody chooses something else: its entry, the image of the
hypervisor with its release, dom0's kernel and initramfs, and both command lines,
a word a line, each with the file and line that it comes from. It ends with how the
next boot differs from what runs. It changes nothing.

Xen's own running command line is asked from Xen, which takes root.`,
		Example: `  xenpci host
  xenpci host --json
  xenpci --root /mnt host`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return runHost(a)
		},
	}
	cmd.AddCommand(newHostOptionsCmd(a), newHostCheckCmd(a), newHostConsoleCmd(a), newHostDmesgCmd(a), newHostInfoCmd(a), newHostServicesCmd(a),
		newHostSetCmd(a), newHostUnsetCmd(a))
	cmd.AddCommand(newHostTryCmd(a), newHostConfirmCmd(a), newHostUndoCmd(a))
	return cmd
}

func runHost(a *app) error {
	b := a.host.Look().HostBoot()
	if a.json {
		return a.print("host", passthrough.ClassDone, b)
	}
	printRunning(a.Out, b.Running)
	printNext(a.Out, b.Next)
	printDifferences(a.Out, b.Differences)
	switch {
	case b.Trial != nil:
		fmt.Fprintln(a.Out, trialWords(*b.Trial))
	case b.TrialUnknown != nil:
		fmt.Fprintf(a.Out, "cannot tell whether there is a trial: %v\n", b.TrialUnknown)
	}
	return nil
}

// field prints one line of a part of the report.
func field(w io.Writer, name, value string) {
	fmt.Fprintf(w, "  %-11s %s\n", name, value)
}

func printRunning(w io.Writer, r passthrough.HostRunning) {
	fmt.Fprintln(w, "running:")
	if r.Xen {
		field(w, "xen", cmp.Or(r.Release, "release unknown"))
		if len(r.XenLine) > 0 {
			field(w, "", strings.Join(r.XenLine, " "))
		}
	} else {
		field(w, "xen", "not running")
	}
	field(w, "kernel", cmp.Or(r.Kernel, "unknown"))
	var words []string
	for _, word := range r.Dom0Line {
		words = append(words, word.Word)
	}
	if len(words) > 0 {
		field(w, "", strings.Join(words, " "))
	}
}

func printNext(w io.Writer, n passthrough.HostNext) {
	fmt.Fprintln(w, "next boot:")
	field(w, "boot loader", loaderWords(n.Loader))
	switch {
	case n.Unknown != nil:
		field(w, "entry", "not known: "+n.Unknown.Error())
		return
	case n.Place == nil:
		field(w, "entry", "not known")
		return
	}
	field(w, "entry", n.Entry)
	field(w, "", placeWords(*n.Place))
	if !n.Xen {
		field(w, "xen", "the entry does not boot Xen")
		if n.Kernel != nil {
			printKernel(w, n)
			printWords(w, "the kernel's command line", n.Dom0Line)
		}
		return
	}
	field(w, "xen", fileWords(*n.Hypervisor))
	if n.Release != "" {
		field(w, "", "release "+n.Release)
	}
	if n.ImageUnknown != nil {
		field(w, "", n.ImageUnknown.Error())
	}
	printKernel(w, n)
	printWords(w, "Xen's command line", n.XenLine)
	printWords(w, "dom0's command line", n.Dom0Line)
}

// printKernel prints the kernel and the files of its initramfs.
func printKernel(w io.Writer, n passthrough.HostNext) {
	field(w, "kernel", fileWords(*n.Kernel))
	for _, file := range n.Initramfs {
		field(w, "initramfs", fileWords(file))
	}
	if len(n.Initramfs) == 0 {
		field(w, "initramfs", "none")
	}
}

// loaderWords returns the boot loader with its file, and what makes that.
func loaderWords(l passthrough.BootLoader) string {
	words := cmp.Or(l.Kind.String(), "unknown")
	if l.Known {
		words += ", " + l.Config
	}
	switch {
	case l.ByHand:
		words += ", written by hand"
	case l.Generator != "":
		words += ", made by " + l.Generator
	}
	return words
}

func fileWords(f passthrough.HostFile) string {
	switch {
	case f.Path == "":
		return f.Named + ", which is not there"
	case f.Inside:
		return f.Named + " in " + f.Path
	}
	return f.Path
}

// placeWords returns a place on one line.
func placeWords(p passthrough.HostPlace) string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	for _, more := range []string{p.Setting, p.Script} {
		if more != "" {
			text += " " + more
		}
	}
	return text
}

const (
	wordColumn  = 24 // characters
	wordsIndent = "    "
)

// printWords prints a command line, a word a line, with the place of each. Where both do not
// fit, the place has a line of its own.
func printWords(w io.Writer, title string, words []passthrough.HostWord) {
	if len(words) == 0 {
		fmt.Fprintf(w, "  %s: empty\n", title)
		return
	}
	fmt.Fprintf(w, "  %s:\n", title)
	for _, word := range words {
		place := placeWords(word.Place)
		if n := utf8.RuneCountInString(word.Word); n > wordColumn || len(wordsIndent)+wordColumn+1+len(place) > usualColumns {
			fmt.Fprintf(w, "%s%s\n%s%s%s\n", wordsIndent, word.Word, wordsIndent, wordsIndent, place)
			continue
		}
		fmt.Fprintf(w, "%s%-*s %s\n", wordsIndent, wordColumn, word.Word, place)
	}
}

func printDifferences(w io.Writer, d *passthrough.HostDifferences) {
	switch {
	case d == nil:
		return
	case !d.Reboot:
		fmt.Fprintln(w, "The next boot is like this one, as far as it can be compared.")
		return
	}
	fmt.Fprintln(w, "The next boot differs from what runs; reboot for it:")
	if d.Xen {
		field(w, "xen", "another release, or it does not run now")
	}
	if d.Kernel {
		field(w, "kernel", "another release")
	}
	for _, words := range []struct {
		what string
		text []string
	}{
		{"Xen loses", d.XenLost}, {"Xen gets", d.XenAdded}, {"dom0 loses", d.Lost}, {"dom0 gets", d.Added},
	} {
		if len(words.text) > 0 {
			field(w, words.what, strings.Join(words.text, " "))
		}
	}
}
