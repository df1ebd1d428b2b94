package syslinux_test

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// TestEdit adds an argument to Xen's line and to dom0's, and removes it: the file is as it was.
func TestEdit(t *testing.T) {
	t.Parallel()
	const label = "LABEL x\n"
	for _, test := range []struct{ name, text, xen, dom0 string }{
		{"without arguments", label + "kernel mboot.c32\nappend xen.gz --- vmlinuz\n", "xen.gz a=b ---", "vmlinuz a=b\n"},
		{"blanks and CR", label + "com32 mboot.c32\nappend  xen.gz\tx  y --- vmlinuz  z ---  initrd \r\n", "xen.gz\tx  y a=b ---", "vmlinuz  z a=b ---  initrd \r\n"},
		{"of KERNEL", label + "kernel mboot.c32 -aout xen.gz --- vmlinuz z", "-aout xen.gz a=b ---", "vmlinuz z a=b"},
		{"by tboot", label + "kernel mboot.c32\nappend tboot.gz l --- xen.gz --- vmlinuz z --- initrd\n", "tboot.gz l --- xen.gz a=b ---", "vmlinuz z a=b ---"},
		{"for all labels", "append xen.gz --- vmlinuz\n" + label + "kernel mboot.c32\n", "xen.gz a=b ---", "vmlinuz a=b\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for want, change := range map[string]func(*syslinux.Config, grub.Operation) (string, error){
				test.xen:  func(c *syslinux.Config, o grub.Operation) (string, error) { return edited(c, test.text, c.EditXen, o) },
				test.dom0: func(c *syslinux.Config, o grub.Operation) (string, error) { return edited(c, test.text, c.EditDom0, o) },
			} {
				got, err := change(syslinux.Parse([]byte(test.text)), grub.SetKey("a", "b"))
				if err != nil || !strings.Contains(got, want) || strings.Replace(got, " a=b", "", 1) != test.text {
					t.Errorf("%q, %v; want %q", got, err, want)
				}
			}
		})
	}
}

func edited(c *syslinux.Config, text string, of func(syslinux.Label, grub.Operation) (edit.Edit, error), o grub.Operation) (string, error) {
	e, err := of(c.Labels[0], o)
	if err != nil {
		return "", err
	}
	content, err := e.Apply([]byte(text))
	return string(content), err
}

// TestEditRefused has labels of which no line can be edited.
func TestEditRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Linux":        "LABEL x\nlinux vmlinuz\nappend a\n",
		"on two lines": "LABEL x\nkernel mboot.c32 xen.gz --- vmlinuz\nappend root=/dev/sda1\n",
		"too long":     "LABEL x\nkernel mboot.c32\nappend xen.gz --- vmlinuz " + strings.Repeat("a", 2030) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := syslinux.Parse([]byte(text))
			if e, err := c.EditDom0(c.Labels[0], grub.SetKey("a", "b")); err == nil {
				t.Error(e)
			}
		})
	}
}
