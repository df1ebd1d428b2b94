package grub_test

import (
	"fmt"
	"log"

	"github.com/xenpci/xenpci/pkg/grub"
)

// An argument for dom0's kernel in each stanza of GRUB legacy's menu.lst that boots
// Xen. The recovery stanza stays as it is, and so does every other byte.
func ExampleMenuList_EditDom0() {
	menu := []byte(`default 0
title Xen
	kernel /boot/xen.gz dom0_mem=1G
	module /boot/vmlinuz root=/dev/sda1 ro
	module /boot/initrd.img
title Xen (single-user mode)
	kernel /boot/xen.gz
	module /boot/vmlinuz root=/dev/sda1 ro single
`)
	hide := grub.SetKey("xen-pciback.hide", "(0000:00:09.0)")
	for _, stanza := range grub.ParseMenuList(menu).Dom0Stanzas() {
		e, err := grub.ParseMenuList(menu).EditDom0(stanza, hide)
		if err != nil {
			log.Fatal(err)
		}
		if menu, err = e.Apply(menu); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%s", menu)
	// Output:
	// default 0
	// title Xen
	// 	kernel /boot/xen.gz dom0_mem=1G
	// 	module /boot/vmlinuz root=/dev/sda1 ro xen-pciback.hide=(0000:00:09.0)
	// 	module /boot/initrd.img
	// title Xen (single-user mode)
	// 	kernel /boot/xen.gz
	// 	module /boot/vmlinuz root=/dev/sda1 ro single
}

// An argument for dom0's kernel in GRUB 2's settings: a line for a file below
// /etc/default/grub.d, from which grub-mkconfig makes the entries with Xen.
func ExampleDom0ArgumentLine() {
	line, err := grub.Dom0ArgumentLine("xen-pciback.hide", "(0000:00:09.0)")
	if err != nil {
		log.Fatal(err)
	}
	defaults := grub.ParseDefaults("/etc/default/grub", []byte("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n"))
	dropIn := grub.ParseDefaults("/etc/default/grub.d/hide.cfg", []byte(line+"\n"))
	settings := grub.Read(defaults, dropIn)
	normal, err := settings.Dom0()
	if err != nil {
		log.Fatal(err)
	}
	recovery, err := settings.Dom0Recovery()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("normal: %q\n", normal)
	fmt.Printf("recovery: %q\n", recovery)
	// Output:
	// normal: "quiet splash xen-pciback.hide=(0000:00:09.0)"
	// recovery: "single"
}

// An argument in a variable that /etc/default/grub has already.
func ExampleDefaults_EditArguments() {
	content := []byte("GRUB_CMDLINE_XEN_DEFAULT='dom0_mem=1G' # megabytes\n")
	defaults := grub.ParseDefaults("/etc/default/grub", content)
	e, err := defaults.EditArguments(grub.CmdlineXenDefault, grub.SetKey("dom0_mem", "2G,max:2G"))
	if err != nil {
		log.Fatal(err)
	}
	content, err = e.Apply(content)
	fmt.Printf("%s%v\n", content, err)
	// Output:
	// GRUB_CMDLINE_XEN_DEFAULT='dom0_mem=2G,max:2G' # megabytes
	// <nil>
}

// Which entry of a grub.cfg boots when nobody chooses, and what it loads.
func ExampleConfig_DefaultEntry() {
	config, err := grub.ParseConfig([]byte(`
set default="Xen"
menuentry 'Linux' { linux /vmlinuz root=/dev/sda1 }
menuentry 'Xen' {
	multiboot2 /xen.gz dom0_mem=1G
	module2 /vmlinuz root=/dev/sda1 xen-pciback.hide=(0000:00:09.0)
	module2 /initrd.img
}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	entry, err := config.DefaultEntry()
	if err != nil {
		log.Fatal(err)
	}
	if xen, ok := entry.Xen(); ok {
		hide, _ := xen.Dom0.Arguments.Value("xen-pciback.hide")
		fmt.Println(xen.Hypervisor.File, xen.Dom0.File, xen.Initrds(), hide)
	}
	// Output: /xen.gz /vmlinuz [/initrd.img] (0000:00:09.0)
}

// A kernel's command line, as the kernel splits it.
func ExampleParseCommandLine() {
	line := grub.ParseCommandLine(`root=/dev/sda1 ro dyndbg="file pci_stub.c +p" -- single`)
	for _, a := range line.Arguments() {
		fmt.Printf("%s %q %v\n", a.Key, a.Value, a.AfterDashes)
	}
	// Output:
	// root "/dev/sda1" false
	// ro "" false
	// dyndbg "file pci_stub.c +p" false
	// -- "" false
	// single "" true
}

// A recovery boot is known by one of its arguments.
func ExampleCommandLine_Recovery() {
	word, found := grub.ParseCommandLine("root=/dev/sda1 ro single").Recovery()
	fmt.Println(word, found)
	// Output: single true
}

// A device is hidden in each normal entry of a grub.cfg that a person wrote.
func ExampleConfig_EditDom0() {
	text := []byte(`menuentry 'Xen' {
	multiboot2 /boot/xen.gz dom0_mem=2G
	module2 /boot/vmlinuz root=/dev/sda1 ro
	module2 /boot/initrd
}
`)
	config, err := grub.ParseConfig(text, nil)
	if err != nil {
		log.Fatal(err)
	}
	e, err := config.EditDom0(config.XenEntries()[0], grub.SetKey("xen-pciback.hide", "(0000:00:09.0)"))
	if err != nil {
		log.Fatal(err)
	}
	edited, err := e.Apply(text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(edited))
	// Output:
	// menuentry 'Xen' {
	// 	multiboot2 /boot/xen.gz dom0_mem=2G
	// 	module2 /boot/vmlinuz root=/dev/sda1 ro xen-pciback.hide=(0000:00:09.0)
	// 	module2 /boot/initrd
	// }
}
