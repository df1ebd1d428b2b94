package xencfg_test

import (
	"fmt"
	"log"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// The section that xen.efi boots by itself hides a device from dom0.
func ExampleConfig_EditDom0() {
	text := []byte(`[global]
default=xen
[xen]
options=console=vga
kernel=vmlinuz root=/dev/sda1 ro
ramdisk=initrd.img
`)
	config := xencfg.Parse(text)
	for _, b := range config.Boots(config.Default()) {
		if !b.Default {
			continue
		}
		e, err := config.EditDom0(b, grub.SetKey("xen-pciback.hide", "(0000:00:09.0)"))
		if err != nil {
			log.Fatal(err)
		}
		if text, err = e.Apply(text); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%s", text)
	// Output:
	// [global]
	// default=xen
	// [xen]
	// options=console=vga
	// kernel=vmlinuz root=/dev/sda1 ro xen-pciback.hide=(0000:00:09.0)
	// ramdisk=initrd.img
}

// Files that xen.efi looks for beside itself.
func ExampleNames() {
	fmt.Println(xencfg.Names("xen-4.17.efi"))
	// Output: [xen-4.17.cfg xen-4.cfg xen.cfg]
}
