package initramfs

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExcerpt wants the same answers from an image and from a part of it.
func TestExcerpt(t *testing.T) {
	whole := gzipped(ended(
		file{name: "lib", content: "usr/lib", mode: link},
		file{name: "bin", mode: folder},
		file{name: "bin/sh", content: "busybox", mode: link},
		file{name: "bin/busybox", content: strings.Repeat("x", 1<<12)},
		file{name: "conf/initramfs.conf", content: "MODULES=most\n"},
		file{name: "usr/lib", mode: folder},
		file{name: "usr/lib/modules/6.1.0/kernel/xen-pciback.ko", content: "ELF"},
		file{name: "usr/lib/modules/6.1.0/kernel/igb.ko", content: "ELF"},
		file{name: "etc/modprobe.d/a.conf", content: "options e1000 key=secret\n"},
		file{name: "etc/shadow", content: "root\n"},
		file{name: "scripts/init-top/ORDER", content: "/scripts/init-top/00xenpci \"$@\"\n"},
	))
	image := mustRead(t, whole)
	part := image.Excerpt(
		func(name string) bool {
			return strings.Contains(name, "pciback") || strings.Contains(name, "etc/modprobe.d/") || strings.HasSuffix(name, "ORDER")
		},
		func(content []byte) []byte { return bytes.ReplaceAll(content, []byte("secret"), []byte("masked")) },
	)
	again := mustRead(t, part)
	want := []string{
		"conf/initramfs.conf", "etc/modprobe.d/a.conf", "lib", "scripts/init-top/ORDER", "usr/lib", "usr/lib/modules/6.1.0/kernel/xen-pciback.ko",
	}
	if diff := cmp.Diff(want, again.Names()); diff != "" {
		t.Error(diff)
	}
	maker, ok := again.Maker()
	module, _ := again.Module("xen-pciback")
	options, _ := again.File("etc/modprobe.d/a.conf")
	if !ok || maker.Tool != InitramfsTools || module == "" || string(options) != "options e1000 key=masked\n" ||
		cmp.Diff(image.Scripts("init-top"), again.Scripts("init-top")) != "" {
		t.Errorf("%v, %q, %q, %q", maker, module, options, again.Scripts("init-top"))
	}
	if twice := again.Excerpt(func(string) bool { return true }, bytes.Clone); !bytes.Equal(twice, part) {
		t.Errorf("%q\n%q", twice, part)
	}
}
