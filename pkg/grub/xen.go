package grub

import (
	"path"
	"strings"
)

// Image is a file that a boot loader loads, with its command line.
type Image struct {
	File      string // as it is written, a device such as (hd0,0) included
	Arguments CommandLine
	Line      int // from 1
}

// Xen is what an entry for Xen loads.
type Xen struct {
	Hypervisor Image
	Dom0       Image   // dom0's kernel: the first module
	Modules    []Image // the other modules: initrd, microcode, policy
}

// Initrds are the files of the other modules but those of policies.
func (x Xen) Initrds() []string {
	var files []string
	for _, m := range x.Modules {
		if !strings.HasPrefix(base(m.File), "xenpolicy") {
			files = append(files, m.File)
		}
	}
	return files
}

// isHypervisor goes by the name: xen.gz, xen-4.17-amd64.gz, xen-pae.gz,
// xen.gz-2.6.18-8.el5, xen-4.17-arm64.
func isHypervisor(file string) bool {
	return strings.HasPrefix(base(file), "xen") && !strings.HasPrefix(base(file), "xenpolicy")
}

func base(file string) string {
	return path.Base(file[strings.LastIndexByte(file, ')')+1:])
}
