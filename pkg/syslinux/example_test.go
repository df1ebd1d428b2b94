package syslinux_test

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/syslinux"
)

// What the default label of extlinux.conf boots.
func ExampleParse() {
	config := syslinux.Parse([]byte(`DEFAULT menu.c32
LABEL xen-lts
  MENU DEFAULT
  COM32 mboot.c32
  APPEND xen.gz dom0_mem=384M --- vmlinuz-lts root=/dev/sda3 quiet --- initramfs-lts
`))
	if label, ok := config.Default(); ok {
		xen, _ := label.Xen()
		fmt.Println(label.Name, xen.Dom0.File, xen.Dom0.Arguments, xen.Initrds())
	}
	// Output: xen-lts vmlinuz-lts root=/dev/sda3 quiet [initramfs-lts]
}
