package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// snapshotOptions are the flags of snapshot.
type snapshotOptions struct {
	file   string
	noMask bool
	force  bool
}

func newSnapshotCmd(a *app) *cobra.Command {
	o := &snapshotOptions{}
	cmd := &cobra.Command{
		Use:   "snapshot FILE",
		Short: "Write this machine as a text archive, for a bug report or a test",
		Long: `snapshot writes all that xenpci reads of this machine, devices, disks, network,
consoles and what it is told at boot, into one text file, which can be read before
it is sent. Of the kernel's log, of scripts and of the initramfs it has little or
nothing. FILE is there once it is whole; - is stdout. It changes nothing, waits
for no driver, and works for everybody; what only root can read is noted at its
end and on stderr.

MAC and IP addresses, serial numbers, UUIDs, host and user names, passwords of
boot loaders and secrets on command lines are masked: the same value becomes the same other one,
so that what belongs together still does. Not masked are the names of volumes,
mount points, files behind loop devices, interfaces and drivers, and the models
of devices.`,
		Example: `  xenpci snapshot host.txt
  xenpci snapshot - | xz > host.txt.xz
  xenpci snapshot --no-mask --force host.txt`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{errors.New("snapshot needs one FILE to write; - is stdout")}
			}
			return nil
		},
		ValidArgsFunction: completeFiles,
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return runSnapshot(cmd.Context(), a, o)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.noMask, "no-mask", false, "leave addresses, serial numbers, UUIDs and names as they are; FILE is for its owner alone then")
	flags.BoolVar(&o.force, "force", false, "replace FILE if it is there")
	return cmd
}

func runSnapshot(ctx context.Context, a *app, o *snapshotOptions) error {
	if o.file == "-" {
		if a.json {
			return &usageError{errors.New("snapshot -: the archive goes to stdout; --json needs another FILE")}
		}
		taken, err := a.snapshot(ctx, raw(a.Out), o)
		a.warnOf(taken.Notes)
		return err
	}
	mode := os.FileMode(0o666) // but for the umask
	if o.noMask {
		mode = 0o600
	}
	file, err := createWhole(o.file, mode, o.force)
	if err != nil {
		return err
	}
	defer file.drop()
	taken, err := a.snapshot(ctx, file, o)
	if err == nil {
		err = file.keep()
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.print("snapshot", passthrough.ClassDone, snapshotResult{o.file, taken})
	}
	a.warnOf(taken.Notes)
	return nil
}

// snapshotResult is what a document says of a snapshot.
type snapshotResult struct {
	File string `json:"file"`
	passthrough.Snapshot
}

func (a *app) snapshot(ctx context.Context, out io.Writer, o *snapshotOptions) (passthrough.Snapshot, error) {
	taken, err := a.host.Snapshot(ctx, out, passthrough.SnapshotOptions{Program: "xenpci " + passthrough.Version, NoMask: o.noMask, NotRoot: !a.Root})
	if err != nil {
		err = fmt.Errorf("%s: %w", o.file, err)
	}
	return taken, err
}
