package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
	"github.com/xenpci/xenpci/test/xenboot/host"
)

// longest is how long a host may stay on.
const longest = 8 * time.Hour

// files are --file arguments: PATH-THERE=FILE-HERE.
type files map[string]string

func (f files) String() string { return "" }

func (f files) Set(text string) error {
	there, here, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q is not PATH-THERE=FILE-HERE", text)
	}
	f[there] = here
	return nil
}

// commands are --before arguments: one boot each.
type commands []string

func (c *commands) String() string { return "" }

func (c *commands) Set(text string) error {
	*c = append(*c, text)
	return nil
}

// shell boots a fresh copy of a disk with this checkout's xenpci on it, and has
// it run the arguments as a command at the end of the boot, or a shell.
func shell(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("shell", flag.ContinueOnError)
	v := variantFlags(flags)
	put := files{}
	flags.Var(put, "file", "a file to put on the disk before the boot: PATH-THERE=FILE-HERE")
	var before commands
	flags.Var(&before, "before", "commands to run before, in a boot without Xen and without init; repeated, a boot each")
	entry := flags.String("entry", "", "what the boot loader boots: nothing for Xen, linux, recovery, or bare")
	shutdown := flags.Bool("shutdown", false, "end with a proper shutdown")
	name := flags.String("name", fmt.Sprintf("shell-%d", os.Getpid()), "name of the console's log file")
	noIOMMU := flags.Bool("no-iommu", false, "a board without IOMMU")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, r, err := host.Prepare(ctx, *v, os.Stderr)
	if err != nil {
		return err
	}
	if _, chosen := put["/usr/sbin/xenpci"]; !chosen {
		if put["/usr/sbin/xenpci"], err = program(ctx, s); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp("", "host")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	h, err := host.New(r, hardware(!*noIOMMU), folder)
	if err != nil {
		return err
	}
	if err := h.Put(ctx, put); err != nil {
		return err
	}
	for number, script := range before {
		order := host.Order{Script: script, Entry: host.Bare, Deadline: longest, Console: s.Log(fmt.Sprintf("%s.before%d.console", *name, number))}
		if err := boot(ctx, h, order); err != nil {
			return err
		}
	}
	order := host.Order{Script: strings.Join(flags.Args(), " "), Input: os.Stdin, Entry: host.Entry(*entry), Shutdown: *shutdown,
		Deadline: longest, Console: s.Log(*name + ".console")}
	if flags.NArg() == 0 {
		order.Script = "stty sane; echo 'exit powers the machine off'; setsid -c sh -i; true"
	}
	return boot(ctx, h, order)
}

// boot boots once, and says how long it took.
func boot(ctx context.Context, h *host.Host, order host.Order) error {
	begun := time.Now()
	fmt.Fprintln(os.Stderr, "booting; the console goes to", order.Console)
	status, err := h.Boot(ctx, order, os.Stdout)
	fmt.Fprintf(os.Stderr, "off again, after %v\n", time.Since(begun).Round(time.Second))
	if err == nil && status != 0 {
		err = fmt.Errorf("the command ended with status %d", status)
	}
	return err
}

// program returns this checkout's xenpci.
func program(ctx context.Context, s setup.Setup) (string, error) {
	file, err := s.Program(ctx, "cmd/xenpci")
	if err == nil {
		return file, nil
	}
	if _, old := os.Stat(file); old == nil {
		fmt.Fprintln(os.Stderr, "xenpci does not build, so an older one is taken:", err)
		return file, nil
	}
	return "", err
}

// hardware returns two network cards of one id, and another maker's.
func hardware(iommu bool) machine.Machine {
	return machine.Machine{Board: "q35", IOMMU: iommu, Devices: []machine.Device{
		machine.E1000("09.0"), machine.E1000("0a.0"), machine.RTL8139("0b.0"),
	}}
}
