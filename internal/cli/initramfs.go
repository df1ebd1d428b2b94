package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newInitramfsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "initramfs",
		Short: "Show what is in an initramfs image, check it, and add files to it",
		Long: `initramfs reads an image as the kernel does: one archive after another, each plain
or compressed, where later files replace earlier ones. Only add and remove change it.

IMAGE is a path. Without it the verbs read the image that boots next or, where that is
not known, the running kernel's. gzip and xz need no program; zstd, lz4 and the others
need the system's.`,
		Example: `  xenpci initramfs list
  xenpci initramfs cat /boot/initrd.img-6.1.0-32-amd64 etc/xenpci/devices.toml
  xenpci initramfs verify`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newInitramfsListCmd(a), newInitramfsCatCmd(a), newInitramfsVerifyCmd(a), newInitramfsAddCmd(a), newInitramfsRemoveCmd(a))
	return cmd
}

func newInitramfsListCmd(a *app) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "list [IMAGE]",
		Short: "Show the archives of an image, its drivers, and the files of xenpci in it",
		Long: `list shows what an image is: an initramfs, of which the kernel runs /init, or an
initrd, a disk of which it runs /linuxrc; the archives in it with their offsets and
compressions, and whether they have early microcode; the files that 'initramfs add'
added; which program made it; the drivers in it; and the files of xenpci.

Of an initrd it shows the file system, and does not look into it.`,
		Example: `  xenpci initramfs list
  xenpci initramfs list --all /boot/initrd.img-6.1.0-32-amd64`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i, err := a.host.Look().Initramfs(cmd.Context(), a.imageOf(args))
			if err != nil {
				return err
			}
			if a.json {
				return a.print("initramfs list", passthrough.ClassDone, i)
			}
			return printInitramfs(a.Out, i, all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "list every file too; --json always does")
	return cmd
}

func newInitramfsCatCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "cat [IMAGE] FILE",
		Short: "Print a file of an image",
		Long: `cat prints a file of an image as it is after all archives are unpacked, with links
followed. With --json the content is in base64.`,
		Example: `  xenpci initramfs cat etc/xenpci/devices.toml
  xenpci initramfs cat /boot/initrd.img-6.1.0-32-amd64 scripts/init-top/ORDER`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return &usageError{fmt.Errorf("cat needs a FILE, or an IMAGE and a FILE, not %d arguments", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInitramfsCat(cmd.Context(), a, a.imageOf(args[:len(args)-1]), args[len(args)-1])
		},
	}
}

// initramfsContent is what --json prints of a file.
type initramfsContent struct {
	File    string `json:"file"`
	Content []byte `json:"content"` // in base64
}

func runInitramfsCat(ctx context.Context, a *app, image, file string) error {
	content, err := a.host.Look().InitramfsContent(ctx, image, file)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("initramfs cat", passthrough.ClassDone, initramfsContent{file, content})
	}
	_, err = raw(a.Out).Write(content)
	return err
}

func newInitramfsVerifyCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [IMAGE]",
		Short: "Check that the kernel can unpack an image, and that its copies are not stale",
		Long: `verify reads an image from beginning to end, as the kernel does, and reports with
exit status 1: a byte from which the kernel would not go on (malformed), no /init
(no_init), no modules for the kernel that the image is named after (no_modules), and
settings of xenpci in it that are not the system's (stale). Where the layer initramfs
is enabled, it also reports what of that is missing (missing), and a script that runs
after udev's (late).`,
		Example: `  xenpci initramfs verify
  xenpci initramfs verify /boot/initrd.img-6.1.0-32-amd64`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := a.host.Look().InitramfsVerify(cmd.Context(), a.imageOf(args))
			if err != nil {
				return err
			}
			class := passthrough.ClassDone
			if len(result.Findings) > 0 {
				class = passthrough.ClassFailed
			}
			if a.json {
				return a.print("initramfs verify", class, result)
			}
			for _, f := range result.Findings {
				where := result.File
				if f.File != "" {
					where += ": " + printable(f.File, maxSetting)
				}
				fmt.Fprintf(a.Out, "%s: %s [%s]\n", where, withAdvice(f.Reason, f.Advice), f.Code)
			}
			if len(result.Findings) == 0 {
				fmt.Fprintf(a.Out, "%s: as it should be\n", result.File)
			}
			return reported(class)
		},
	}
}

// atMost refuses more than n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return &usageError{fmt.Errorf("%s takes at most %d argument, and %q is one more", cmd.Name(), n, args[n])}
		}
		return nil
	}
}

// imageOf returns the image that is named; "" if none is. Without --root a path may begin
// in the folder where the command was called.
func (a *app) imageOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	if path, err := filepath.Abs(args[0]); err == nil && a.root == "/" {
		return path
	}
	return args[0]
}

func printInitramfs(w io.Writer, i passthrough.Initramfs, all bool) error {
	out := bufio.NewWriter(w) // keeps its error for Flush
	if i.Kind == passthrough.InitramfsDisk {
		fmt.Fprintf(out, "%s: initrd with the file system %s; the kernel runs /linuxrc\n", i.File, i.Filesystem)
		return out.Flush()
	}
	fmt.Fprintf(out, "%s: initramfs", i.File)
	if i.Tool != "" {
		fmt.Fprintf(out, ", made by %s", i.Tool)
	}
	if i.First != "" {
		fmt.Fprintf(out, "\nthe kernel runs /%s\n", printable(i.First, maxSetting))
	} else {
		fmt.Fprintln(out, "\nit has no /init")
	}
	for _, m := range i.Members {
		form := m.Compression
		if form == "" {
			form = "not compressed"
		}
		line := fmt.Sprintf("archive at byte %d: %s, %d entries", m.Offset, form, m.Entries)
		switch {
		case m.Early:
			line += ", early microcode: " + strings.Join(m.Microcode, ", ")
		case len(m.Microcode) > 0:
			line += ", microcode that is not loaded early, since it is compressed"
		case len(m.Added) > 0:
			line += ", added by 'xenpci initramfs add'"
		}
		fmt.Fprintln(out, line)
		for _, name := range m.Added {
			fmt.Fprintf(out, "    %s\n", printable(name, maxSentence))
		}
	}
	fmt.Fprintf(out, "kernels: %s\n", orNone(strings.Join(i.Releases, ", ")))
	fmt.Fprintf(out, "drivers: %d\n", len(i.Drivers))
	for _, line := range folded(i.Drivers, usualColumns-len("    ")) {
		fmt.Fprintf(out, "    %s\n", printable(line, maxSentence))
	}
	fmt.Fprintf(out, "files of xenpci: %d\n", len(i.Ours))
	for _, name := range i.Ours {
		fmt.Fprintf(out, "    %s\n", printable(name, maxSentence))
	}
	if all {
		fmt.Fprintf(out, "files: %d\n", len(i.Files))
		for _, f := range i.Files {
			fmt.Fprintf(out, "    %s %10d %s\n", f.Mode, f.Size, printable(f.Name, maxSentence))
		}
	}
	return out.Flush()
}

// folded puts words on lines of at most that many columns.
func folded(words []string, columns int) (lines []string) {
	line := ""
	for _, word := range words {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > columns:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
