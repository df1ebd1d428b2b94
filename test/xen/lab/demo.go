package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// demoScript is what dom0 shows.
//
//go:embed demo.sh
var demoScript string

// demoDeadline is how long it may take; two minutes are enough on most
// machines.
const demoDeadline = 10 * time.Minute

// demo boots a host with a few cards and shows a card's way to a guest and
// back.
func demo(ctx context.Context, _ []string) error {
	s, err := setup.Prepare(ctx, os.Stderr)
	if err != nil {
		return err
	}
	program, err := s.Program(ctx, "cmd/xenpci")
	if err != nil {
		return err
	}
	script := "colour=no\n" + demoScript
	if term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" {
		script = "colour=yes\n" + demoScript
	}
	fmt.Fprintln(os.Stderr, "booting Xen in QEMU's software emulation; that takes half a minute")
	host := machine.Machine{Board: "q35", IOMMU: true, Devices: []machine.Device{machine.E1000("09.0"), machine.RTL8139("0b.0")}}
	status, err := machine.Boot(ctx, s.Image, host, machine.Order{
		Files: map[string]string{"usr/bin/xenpci": program}, Script: script,
		Deadline: demoDeadline, Console: s.Log("demo.console"),
	}, os.Stdout)
	if err == nil && status != 0 {
		err = fmt.Errorf("the demonstration ended with status %d", status)
	}
	return err
}
