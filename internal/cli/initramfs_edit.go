package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newInitramfsAddCmd(a *app) *cobra.Command {
	o := &passthrough.InitramfsOptions{}
	cmd := &cobra.Command{
		Use:   "add FILE...",
		Short: "Append files of the system to an image, until the system makes the next one",
		Long: `add appends one more archive to an image, which the kernel unpacks after the others.
It has the files at the paths that they have in the system, and the folders that the
image lacks for them. A file that the image has already is replaced; one that is the
same is left out. Nothing else in the image is changed, and no program is run, so that
it works with --root too.

The new image is written beside the old one, for which there has to be room, and is
read back as the kernel reads it. Only then does it take the place of the old one.

The next image that the system makes does not have the files. 'initramfs remove' takes
them off before that.`,
		Example: `  xenpci initramfs add --dry-run /lib/firmware/bnx2/bnx2-mips-09-6.2.1b.fw
  xenpci initramfs add /etc/modprobe.d/local.conf
  xenpci --root /mnt initramfs add --image /boot/initrd.img-6.1.0-32-amd64 /etc/modprobe.d/local.conf`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{errors.New("add needs a FILE")}
			}
			return nil
		},
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			if err := a.needRoot("initramfs add", o.DryRun); err != nil {
				return err
			}
			files := make([]string, len(args))
			for i := range args {
				files[i] = a.imageOf(args[i:])
			}
			report, stop := a.watch()
			change, err := a.host.Look().AddToInitramfs(cmd.Context(), files, a.imageOptions(o), report)
			stop()
			if err != nil {
				return err
			}
			return a.reportInitramfs("initramfs add", change)
		}),
	}
	initramfsFlags(cmd, o)
	return cmd
}

func newInitramfsRemoveCmd(a *app) *cobra.Command {
	o := &passthrough.InitramfsOptions{}
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Take off what add appended to an image",
		Long: `remove cuts off the archives that 'initramfs add' appended to an image, all of them.
The image has the bytes again that it had before. It leaves an image alone that has
nothing of that at its end.`,
		Example: `  xenpci initramfs remove --dry-run
  xenpci initramfs remove --image /boot/initrd.img-6.1.0-32-amd64`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("remove takes no argument; name the image by --image %s", args[0])}
			}
			return nil
		},
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			if err := a.needRoot("initramfs remove", o.DryRun); err != nil {
				return err
			}
			report, stop := a.watch()
			change, err := a.host.Look().CutInitramfs(cmd.Context(), a.imageOptions(o), report)
			stop()
			if err != nil {
				return err
			}
			return a.reportInitramfs("initramfs remove", change)
		}),
	}
	initramfsFlags(cmd, o)
	return cmd
}

func initramfsFlags(cmd *cobra.Command, o *passthrough.InitramfsOptions) {
	cmd.Flags().StringVar(&o.Image, "image", "", "the `IMAGE`, in place of the one that boots next")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print what would change, and change nothing")
}

// imageOptions returns the options with the path of the image.
func (a *app) imageOptions(o *passthrough.InitramfsOptions) passthrough.InitramfsOptions {
	changed := *o
	if o.Image != "" {
		changed.Image = a.imageOf([]string{o.Image})
	}
	return changed
}

func (a *app) reportInitramfs(verb string, c passthrough.InitramfsChange) error {
	if a.json {
		return a.print(verb, passthrough.ClassDone, c)
	}
	printInitramfsChange(a.Out, c)
	return nil
}

func printInitramfsChange(w io.Writer, c passthrough.InitramfsChange) {
	would := ""
	if c.DryRun {
		would = "would be "
	}
	switch {
	case c.Size == c.After:
		fmt.Fprintf(w, "%s: nothing to do\n", c.File)
		return
	case c.After > c.Size:
		fmt.Fprintf(w, "%s: an archive of %d bytes %sappended at byte %d\n", c.File, c.After-c.Size, would, c.Size)
	default:
		fmt.Fprintf(w, "%s: %d bytes %scut off, from byte %d on\n", c.File, c.Size-c.After, would, c.After)
	}
	for _, name := range c.Folders {
		fmt.Fprintf(w, "    %s/\n", printable(name, maxSentence))
	}
	for _, name := range c.Files {
		fmt.Fprintf(w, "    %s\n", printable(name, maxSentence))
	}
	if c.After > c.Size {
		fmt.Fprintln(w, "The next image that the system makes does not have them.")
	}
}
