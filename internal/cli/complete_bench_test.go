package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// BenchmarkComplete presses Tab after each verb on a machine of 256 devices, of which 64
// have a network interface and 64 a disk that is mounted, and on which 300 processes have 20
// files open each.
func BenchmarkComplete(b *testing.B) {
	root := scratch.Dir(b)
	plantMachine(b, root)
	for _, verb := range []string{"hide", "unhide", "check"} {
		b.Run(verb, func(b *testing.B) {
			for b.Loop() {
				var out bytes.Buffer
				env := Env{Out: &out, Err: io.Discard, DefaultRoot: "/"}
				if status := Main(context.Background(), []string{"--root", root, "__complete", verb, ""}, env); status != StatusDone {
					b.Fatalf("status %d", status)
				}
				if lines := bytes.Count(out.Bytes(), []byte("\n")); verb == "check" && lines != 256+64+64+1 {
					b.Fatalf("%d lines:\n%s", lines, out.Bytes())
				}
			}
		})
	}
}

func plantMachine(b *testing.B, root string) {
	const devices, parts, processes, files = 256, 64, 300, 20
	ids := pcitree.IDs(1)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(pcitree.WriteMachine(root, devices, ids))
	file := func(name, text string) {
		must(os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	link := func(name, target string) {
		must(os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(os.Symlink(target, filepath.Join(root, name)))
	}
	file("usr/share/misc/pci.ids", string(ids))
	addresses, err := pci.List(root)
	must(err)
	mounts := "1 0 8:0 / / rw - ext4 /dev/sd0 rw\n"
	for i := range parts {
		nic, disk := addresses[devices-1-i].String(), addresses[devices-1-parts-i].String()
		link(fmt.Sprint("sys/class/net/eth", i), fmt.Sprintf("../../devices/pci0000:00/%s/net/eth%d", nic, i))
		link(fmt.Sprintf("sys/devices/pci0000:00/%s/net/eth%d/device", nic, i), "../..")
		file(fmt.Sprintf("sys/devices/pci0000:00/%s/net/eth%d/address", nic, i), "00:1b:21:00:00:01\n")
		name := fmt.Sprint("sd", i)
		home := fmt.Sprintf("sys/devices/pci0000:00/%s/block/%s", disk, name)
		file(home+"/dev", fmt.Sprintf("8:%d\n", i))
		link("sys/class/block/"+name, "../../../"+home)
		link("sys/block/"+name, "../../"+home)
		link(fmt.Sprint("sys/dev/block/8:", i), "../../../"+home)
		mounts += fmt.Sprintf("%d 1 8:%d / /srv/%d rw - ext4 /dev/%s rw\n", i+2, i, i, name)
	}
	file("proc/1/mountinfo", mounts)
	for pid := range processes {
		for fd := range files {
			link(fmt.Sprintf("proc/%d/fd/%d", pid+1, fd), "/dev/null")
		}
	}
}
