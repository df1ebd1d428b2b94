package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// longestShell is how long a developer's shell may stay open.
const longestShell = 8 * time.Hour

// shell boots a host with an IOMMU and a few cards, and gives the terminal to
// a shell in dom0; with arguments, dom0 runs them as a command instead.
func shell(ctx context.Context, args []string) error {
	s, err := setup.Prepare(ctx, os.Stderr)
	if err != nil {
		return err
	}
	img, err := s.Of(ctx, setup.Chosen(), setup.Parts{}, os.Stderr)
	if err != nil {
		return err
	}
	files := map[string]string{}
	if program, err := s.Program(ctx, "cmd/xenpci"); err == nil {
		files["usr/bin/xenpci"] = program
	} else {
		fmt.Fprintln(os.Stderr, "without xenpci, which does not build:", err)
	}
	if program, err := s.Program(ctx, "cmd/xenpcid"); err == nil {
		files["usr/bin/xenpcid"] = program
	} else {
		fmt.Fprintln(os.Stderr, "without xenpcid, which does not build:", err)
	}
	script, input := strings.Join(args, " "), os.Stdin
	if len(args) == 0 {
		script = "stty sane; echo 'exit powers the machine off'; setsid -c sh -i; true"
		fmt.Fprintln(os.Stderr, "booting; the console goes to", s.Log("shell.console"))
	}
	host := machine.Machine{Board: "q35", IOMMU: true, Devices: append(
		machine.USB("1d"), machine.E1000("09.0"), machine.E1000("0a.0"), machine.RTL8139("0b.0"),
		machine.RootPort("port1", "04.0", 1), machine.RootPort("port2", "05.0", 2))}
	status, err := machine.Boot(ctx, img, host, machine.Order{
		Files: files, Script: script, Input: input,
		Deadline: longestShell, Console: s.Log("shell.console"),
	}, os.Stdout)
	if err == nil && status != 0 {
		err = fmt.Errorf("the command ended with status %d", status)
	}
	return err
}
