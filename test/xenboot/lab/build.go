package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// variantFlags adds the flags that choose a disk.
func variantFlags(flags *flag.FlagSet) *root.Variant {
	v := root.Debian
	flags.StringVar(&v.Init, "init", v.Init, "systemd, sysvinit or openrc")
	flags.StringVar(&v.Loader, "loader", v.Loader, "grub2, menu.lst or xen.efi")
	flags.StringVar(&v.Initramfs, "initramfs", v.Initramfs, "initramfs-tools or dracut")
	flags.StringVar(&v.Suite, "suite", v.Suite, "Debian's suite, such as trixie; without it the one of this machine's apt")
	return &v
}

// build makes one disk.
func build(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	v := variantFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	begun := time.Now()
	_, r, err := host.Prepare(ctx, *v, os.Stderr)
	if err == nil {
		fmt.Fprintf(os.Stderr, "%s, after %v\n", r.Disk, time.Since(begun).Round(time.Second))
	}
	return err
}
