package snapshot_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/mask"
)

// process adds a process to the machine below root: what is in its files, and
// where its links lead.
func process(t *testing.T, root, pid string, files, links map[string]string) {
	t.Helper()
	write := func(name string, do func(path string) error) {
		path := filepath.Join(root, "proc", pid, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), do(path)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(name, func(path string) error { return os.WriteFile(path, []byte(content), 0o644) })
	}
	for name, target := range links {
		write(name, func(path string) error { return os.Symlink(target, path) })
	}
}

// TestWritePrograms checks that the copy shows which processes have disks open, and nothing
// else of processes.
func TestWritePrograms(t *testing.T) {
	root := machine(t)
	const luks = "/dev/mapper/luks-7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1"
	process(t, root, "900", map[string]string{
		"comm": "qemu-system-i38\n", "cmdline": "/usr/bin/NEVER\x00-xen-domid\x007\x00-name\x00NEVER\x00", "environ": "NEVER=1\x00",
		"fdinfo/5": "pos:\t4096\nflags:\t02144002\nmnt_id:\t22\nNEVER\n", "fdinfo/7": "flags:\t02\nNEVER\n",
	}, map[string]string{"fd/5": luks, "fd/6": "/dev/nvme0n1 (deleted)", "fd/7": "/home/NEVER/disk.img", "fd/8": "socket:[4711]", "fd/9": "/dev/mapper/control"})
	process(t, root, "901", map[string]string{"comm": "systemd-udevd\n", "fdinfo/3": "pos:\t0\nflags:\t02100000\n"}, map[string]string{"fd/3": "/dev/nvme0n1"})
	process(t, root, "902", map[string]string{"comm": "NEVER\n", "cmdline": "NEVER\x00"}, map[string]string{"fd/3": "socket:[4712]", "cwd": "/NEVER"})
	want := findings(t, root)
	const served = "a disk of guest 7 (qemu, process 900) is on "
	if n := strings.Count(strings.Join(want, "\n"), served); n == 0 {
		t.Fatalf("the guard does not see it: %q", want)
	}
	text, report := take(t, root, nil)
	again := unpack(t, text)
	if diff := cmp.Diff(want, findings(t, again)); diff != "" || len(report.Notes) > 0 {
		t.Errorf("%q\n%s", report.Notes, diff)
	}
	if twice, _ := take(t, again, nil); !bytes.Equal(twice, text) {
		t.Error(cmp.Diff(string(text), string(twice)))
	}
	masked, _ := take(t, root, mask.New(key))
	if got := findings(t, unpack(t, masked)); len(got) != len(want) || !strings.Contains(strings.Join(got, "\n"), served) {
		t.Errorf("%q", got)
	}
	if bytes.Contains(masked, []byte("7c1a27cd")) {
		t.Error("the volume's UUID is still there")
	}
	for _, archive := range [][]byte{text, masked} {
		if at := bytes.Index(archive, []byte("NEVER")); at >= 0 {
			t.Errorf("it has what it may not have: %q", archive[max(0, at-80):at+5])
		}
		if bytes.Contains(archive, []byte("proc/902")) || !bytes.Contains(archive, []byte("-- proc/901/fdinfo/3 --\nflags:\t02100000\n")) {
			t.Errorf("not those processes:\n%s", archive)
		}
	}
}

// TestWritePools: the copy knows which disks are a ZFS pool's.
func TestWritePools(t *testing.T) {
	root := machine(t)
	for name, content := range map[string]string{
		"proc/spl/kstat/zfs/tank/state": "ONLINE\n",
		"proc/spl/kstat/zfs/arcstats":   "NEVER\n",
		"run/udev/data/b259:2":          "S:NEVER\nE:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\nE:ID_SERIAL=NEVER\n",
		"run/udev/data/b259:0":          "S:NEVER\nE:ID_FS_TYPE=ext4\nE:ID_FS_LABEL=NEVER\n",
		"run/udev/data/b254:0":          "S:NEVER\n",
		"run/udev/data/n2":              "E:NEVER=1\n",
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want := findings(t, root)
	if said := strings.Join(want, "\n"); !strings.Contains(said, "the ZFS pool tank, on nvme0n1p2") || !strings.Contains(said, "udev has no record") {
		t.Fatalf("the guard does not see it: %s", said)
	}
	text, report := take(t, root, nil)
	if diff := cmp.Diff(want, findings(t, unpack(t, text))); diff != "" || len(report.Notes) > 0 {
		t.Errorf("%q\n%s", report.Notes, diff)
	}
	if at := bytes.Index(text, []byte("NEVER")); at >= 0 {
		t.Errorf("it has what it may not have: %q", text[max(0, at-80):at+5])
	}
	masked, _ := take(t, root, mask.New(key))
	if got := findings(t, unpack(t, masked)); len(got) != len(want) {
		t.Errorf("%q", got)
	}
}
