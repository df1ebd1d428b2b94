package cli

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newcArchive is an archive of files as cpio -H newc writes it; pairs of names and contents.
func newcArchive(pairs ...string) []byte {
	var out bytes.Buffer
	pad := func() { out.Write(make([]byte, -out.Len()&3)) }
	for i := 0; i <= len(pairs); i += 2 {
		name, content, mode := "TRAILER!!!", "", 0
		if i < len(pairs) {
			name, content, mode = pairs[i], pairs[i+1], 0o100755
		}
		fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0)
		out.WriteString(name + "\x00")
		pad()
		out.WriteString(content)
		pad()
	}
	return out.Bytes()
}

func TestInitramfs(t *testing.T) {
	t.Parallel()
	const name, release = "boot/initrd.img-6.1.0-32-amd64", "6.1.0-32-amd64"
	microcode := newcArchive("kernel/x86/microcode/AuthenticAMD.bin", "code")
	main := newcArchive("init", "#!/bin/sh\n", "usr/lib/modules/"+release+"/e1000.ko", "", "etc/xenpci/devices.toml", "# list\n")
	other := newcArchive("usr/lib/modules/5.10.0-1-amd64/e1000.ko", "")
	disk := make([]byte, 4096)
	disk[1080], disk[1081] = 0x53, 0xef
	for _, test := range []struct {
		name    string
		image   []byte
		args    []string
		status  int
		out, er string
	}{
		{
			"list", append(bytes.Clone(microcode), main...), []string{"list"}, StatusDone,
			"/" + name + ": initramfs\nthe kernel runs /init\narchive at byte 0: not compressed, 1 entries, early microcode: AuthenticAMD\n" +
				fmt.Sprintf("archive at byte %d: not compressed, 3 entries\n", len(microcode)) +
				"kernels: " + release + "\ndrivers: 1\n    e1000\nfiles of xenpci: 1\n    etc/xenpci/devices.toml\n", "",
		},
		{"list a disk", disk, []string{"list"}, StatusDone, "/" + name + ": initrd with the file system ext2; the kernel runs /linuxrc\n", ""},
		{"cat", main, []string{"cat", "/" + name, "/etc/xenpci/devices.toml"}, StatusDone, "# list\n", ""},
		{"cat what is not there", main, []string{"cat", "nothing"}, StatusFailed, "", "xenpci: /" + name + " has no file /nothing\n"},
		{"verify", main, []string{"verify"}, StatusDone, "/" + name + ": as it should be\n", ""},
		{
			"verify one that is cut", main[:len(main)-200], []string{"verify"}, StatusFailed,
			"/" + name + ": byte 348: the image is truncated within an archive; have the system make it again [malformed]\n", "",
		},
		{
			"verify one of another kernel", other, []string{"verify", "/" + name}, StatusFailed,
			"/" + name + ": init: there is no /init, so the kernel mounts the root file system by itself [no_init]\n" +
				"/" + name + ": there are no modules of kernel " + release + " in it; have the system make it again [no_modules]\n", "",
		},
		{
			"verify one with another list", newcArchive("init", "", "etc/xenpci/devices.toml", "# older\n"), []string{"verify"}, StatusFailed,
			"/" + name + ": etc/xenpci/devices.toml: it is not what the system has in /etc/xenpci/devices.toml; run 'xenpci boot refresh', which makes the images again [stale]\n", "",
		},
		{"two images", main, []string{"list", "a", "b"}, StatusUsage, "", "xenpci: list takes at most 1 argument, and \"b\" is one more\nxenpci: see 'xenpci initramfs list --help'\n"},
	} {
		root := t.TempDir()
		for file, content := range map[string]string{
			name: string(test.image), "proc/sys/kernel/osrelease": release + "\n", "etc/xenpci/devices.toml": "# list\n",
		} {
			path := filepath.Join(root, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var out, er bytes.Buffer
		status := Main(t.Context(), append([]string{"initramfs"}, test.args...), Env{Out: &out, Err: &er, DefaultRoot: root})
		if status != test.status {
			t.Errorf("%s: status %d, want %d", test.name, status, test.status)
		}
		if diff := cmp.Diff(test.out, out.String()); diff != "" {
			t.Errorf("%s: output (-want +got):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(test.er, er.String()); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", test.name, diff)
		}
	}
}

// imageHost is a tree with an image of one archive, and other files.
func imageHost(t *testing.T, image []byte, files map[string]string) (root, name string) {
	t.Helper()
	const release = "6.1.0-32-amd64"
	root, name = t.TempDir(), "boot/initrd.img-"+release
	all := map[string]string{name: string(image), "proc/sys/kernel/osrelease": release + "\n"}
	maps.Copy(all, files)
	for file, content := range all {
		path := filepath.Join(root, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root, name
}

// TestInitramfsAdd adds files to an image, lists them, and takes them off.
func TestInitramfsAdd(t *testing.T) {
	t.Parallel()
	image := newcArchive("init", "#!/bin/sh\n")
	root, name := imageHost(t, image, map[string]string{"etc/a.conf": "a\n", "lib/firmware/b.bin": "b\n"})
	content := func() string {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	for _, step := range []struct {
		args    []string
		status  int
		out, er string
		same    bool // the image is what it was in the beginning
	}{
		{[]string{"add"}, StatusUsage, "", "xenpci: add needs a FILE\nxenpci: see 'xenpci initramfs add --help'\n", true},
		{[]string{"add", "/etc"}, StatusUsage, "", "xenpci: /etc: it is not a regular file\nxenpci: see 'xenpci initramfs add --help'\n", true},
		{[]string{"add", "/nothing"}, StatusFailed, "", "xenpci: /nothing: open: no such file or directory (ENOENT)\n", true},
		{[]string{"remove"}, StatusDone, "/" + name + ": nothing to do\n", "", true},
		{[]string{"remove", "/" + name}, StatusUsage, "", "xenpci: remove takes no argument; name the image by --image /" + name + "\nxenpci: see 'xenpci initramfs remove --help'\n", true},
		{[]string{"add", "/" + name, "/etc/a.conf"}, StatusUsage, "", "xenpci: /" + name + " is the image itself; name the image by --image, and only the files to add\nxenpci: see 'xenpci initramfs add --help'\n", true},
		{
			[]string{"add", "--dry-run", "/etc/a.conf", "/lib/firmware/b.bin"}, StatusDone,
			"/" + name + ": an archive of SIZE bytes would be appended at byte 252\n    etc/\n    lib/\n    lib/firmware/\n    etc/a.conf\n    lib/firmware/b.bin\n" +
				"The next image that the system makes does not have them.\n", "", true,
		},
		{
			[]string{"add", "/etc/a.conf", "--image", "/" + name}, StatusDone,
			"/" + name + ": an archive of SIZE bytes appended at byte 252\n    etc/\n    etc/a.conf\nThe next image that the system makes does not have them.\n", "", false,
		},
		{[]string{"add", "/etc/a.conf"}, StatusDone, "/" + name + ": nothing to do\n", "", false},
		{[]string{"cat", "etc/a.conf"}, StatusDone, "a\n", "", false},
		{[]string{"verify"}, StatusDone, "/" + name + ": as it should be\n", "", false},
		{[]string{"remove", "--dry-run"}, StatusDone, "/" + name + ": SIZE bytes would be cut off, from byte 252 on\n    etc/a.conf\n", "", false},
		{[]string{"remove"}, StatusDone, "/" + name + ": SIZE bytes cut off, from byte 252 on\n    etc/a.conf\n", "", true},
	} {
		var out, er bytes.Buffer
		status := Main(t.Context(), append([]string{"initramfs"}, step.args...), Env{Out: &out, Err: &er, DefaultRoot: root, Root: true})
		if status != step.status {
			t.Errorf("%v: status %d, want %d", step.args, status, step.status)
		}
		printed := regexp.MustCompile(`[0-9]+ bytes`).ReplaceAllString(out.String(), "SIZE bytes")
		if diff := cmp.Diff(step.out+step.er, printed+er.String()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.args, diff)
		}
		if same := content() == string(image); same != step.same {
			t.Errorf("%v: the image is as it was: %v", step.args, same)
		}
	}
}

// TestInitramfsVerifyMissing has the layer initramfs enabled, and an image without it.
func TestInitramfsVerifyMissing(t *testing.T) {
	t.Parallel()
	root, name := imageHost(t, newcArchive("init", "#!/bin/sh\n"), map[string]string{
		"etc/initramfs-tools/scripts/init-top/00xenpci": "#!/bin/sh\n# Written by xenpci\n", "etc/initramfs-tools/hooks/xenpci": "#!/bin/sh\n# Written by xenpci\n",
		"etc/xenpci/initramfs": "# Written by xenpci\n", "etc/xenpci/devices.toml": "# list\n",
	})
	var out, er bytes.Buffer
	status := Main(t.Context(), []string{"initramfs", "verify"}, Env{Out: &out, Err: &er, DefaultRoot: root})
	want := ""
	for _, file := range []string{"usr/sbin/xenpci", "xen-pciback", "etc/xenpci/devices.toml"} {
		want += "/" + name + ": " + file + ": it is not in the image, although the layer initramfs is enabled; run 'xenpci boot refresh', which makes the images again [missing]\n"
	}
	if diff := cmp.Diff(want, out.String()); diff != "" || status != StatusFailed {
		t.Errorf("status %d (-want +got):\n%s%s", status, diff, &er)
	}
}
