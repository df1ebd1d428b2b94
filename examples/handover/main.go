// Handover hides a PCI device from dom0, as for a guest, and gives it back:
//
//	handover 00:09.0
//
// It is the shortest program over pkg/passthrough that does this in full: the
// guard is asked, pciback is loaded if it has to be, the device is in Xen's
// quarantine meanwhile, its driver is noted, and no write waits for ever.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

func main() {
	passthrough.Serve()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, "/", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "handover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, args []string) error {
	if len(args) != 1 {
		return errors.New("give the address of one device, such as 00:09.0")
	}
	device, err := pci.ParseAddress(args[0])
	if err != nil {
		return err
	}
	return handOver(ctx, root, device)
}

// handOver hides a device and gives it back.
func handOver(ctx context.Context, root string, device pci.Address) error {
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		return err
	}
	hidden, err := host.Look().Hide(ctx, []pci.Address{device}, passthrough.HideOptions{}, nil)
	if err := errors.Join(err, hidden.Err()); err != nil {
		return err
	}
	back, err := host.Look().Unhide(ctx, []pci.Address{device}, passthrough.UnhideOptions{}, nil)
	return errors.Join(err, back.Err())
}
