package syslinux_test

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/grub"
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

// Give dom0's kernel an argument, in the label that boots by default.
func ExampleConfig_EditDom0() {
	text := []byte("LABEL xen\n  COM32 mboot.c32\n  APPEND xen.gz --- vmlinuz root=/dev/sda3 --- initrd\n")
	config := syslinux.Parse(text)
	label, _ := config.Default()
	edit, err := config.EditDom0(label, grub.SetKey("panic", "5"))
	if err == nil {
		text, err = edit.Apply(text)
	}
	fmt.Print(string(text), err)
	// Output:
	// LABEL xen
	//   COM32 mboot.c32
	//   APPEND xen.gz --- vmlinuz root=/dev/sda3 panic=5 --- initrd
	// <nil>
}
