package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// firstDeadline is how long the first boot of a disk may take; two minutes are
// enough on most machines.
const firstDeadline = 20 * time.Minute

// Prepare returns this checkout, which builds in build/xenboot, and the disk of
// a variant, which is made unless it is there. The error is root.ErrNotHere
// where it cannot be made.
func Prepare(ctx context.Context, v root.Variant, log io.Writer) (setup.Setup, root.Root, error) {
	s, err := setup.Checkout(ctx, "build/xenboot")
	if err != nil {
		return s, root.Root{}, err
	}
	if os.Geteuid() != 0 {
		return s, root.Root{}, root.ErrNotHere
	}
	list, err := s.Packages(ctx, "test/xenboot/packages.txt", log)
	if err != nil {
		return s, root.Root{}, err
	}
	first := func(ctx context.Context, r root.Root, script string) error {
		return bootFirst(ctx, r, script, s.Log(v.String()+".first.console"))
	}
	r, err := root.Build(ctx, s.Folder, list, v, first, log)
	return s, r, err
}

// bootFirst runs the script on the disk itself, not on a copy.
func bootFirst(ctx context.Context, r root.Root, script, console string) error {
	folder, err := os.MkdirTemp("", "first")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	h := &Host{Machine: machine.Machine{Board: "q35"}, root: r, folder: folder}
	if err := os.Symlink(r.Disk, h.disk()); err != nil {
		return err
	}
	var answers bytes.Buffer
	status, err := h.Boot(ctx, Order{Script: script, Entry: Bare, Deadline: firstDeadline, Console: console}, &answers)
	if err == nil && status != 0 {
		err = fmt.Errorf("status %d", status)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, answers.Bytes())
	}
	return nil
}
