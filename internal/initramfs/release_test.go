package initramfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// touch makes a root with these files.
func touch(t *testing.T, names ...string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return sysfs.New(root)
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		system, release, file string
	}{
		{"Debian", "6.1.0-32-amd64", "/boot/initrd.img-6.1.0-32-amd64"},
		{"Fedora", "6.6.8-200.fc39.x86_64", "/boot/initramfs-6.6.8-200.fc39.x86_64.img"},
		{"SUSE", "6.4.0-150600.21-default", "/boot/initrd-6.4.0-150600.21-default"},
		{"CentOS 5", "2.6.18-398.el5xen", "/boot/initrd-2.6.18-398.el5xen.img"},
		{"Alpine", "6.6.7-0-lts", "/boot/initramfs-lts"},
		{"Gentoo", "6.6.7-gentoo", "/boot/initramfs-genkernel-6.6.7-gentoo"},
		{"Gentoo, with the architecture", "6.6.7-gentoo", "/boot/initramfs-genkernel-x86_64-6.6.7-gentoo"},
		{"an EFI partition with Fedora's name", "6.6.8-200.fc39.x86_64", "/efi/initramfs-6.6.8-200.fc39.x86_64.img"},
		{"kernel-install on an EFI partition", "6.6.8", "/efi/0123456789abcdef0123456789abcdef/6.6.8/initrd"},
		{"kernel-install with another token", "6.6.8", "/boot/efi/fedora/6.6.8/initrd"},
		{"a kernel of the day before", "6.6.7.old", "/boot/initrd.img-6.6.7"},
	} {
		fsys := touch(t, test.file, "/boot/initrd.img-5.10.0-1-amd64", "/boot/initramfs-virt")
		if got, err := Find(fsys, test.release); got != test.file || err != nil {
			t.Errorf("%s: %q, %v; want %s", test.system, got, err, test.file)
		}
	}
	if _, err := Find(touch(t), "6.1"); !sysfs.IsNotExist(err) {
		t.Errorf("none: %v", err)
	}
	for _, release := range []string{"", ".", "..", "../etc", "-k", "6.1 6.2", "6.1\n", "a/b", string(make([]byte, 65))} {
		if _, err := Find(touch(t), release); !errors.Is(err, ErrRelease) {
			t.Errorf("%q: %v", release, err)
		}
	}
}

func TestInstalled(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  []Found
	}{
		{"none", []string{"/usr/bin/ls"}, nil},
		{"Debian", []string{"/usr/sbin/mkinitramfs", "/usr/sbin/update-initramfs"}, []Found{{InitramfsTools, "/usr/sbin/mkinitramfs is installed"}}},
		{"Debian with dracut and its wrapper", []string{"/usr/bin/dracut", "/usr/sbin/update-initramfs"}, []Found{{Dracut, "/usr/bin/dracut is installed"}}},
		{"both", []string{"/usr/sbin/mkinitramfs", "/usr/bin/dracut"}, []Found{{InitramfsTools, "/usr/sbin/mkinitramfs is installed"}, {Dracut, "/usr/bin/dracut is installed"}}},
		{"Alpine", []string{"/sbin/mkinitfs"}, []Found{{Mkinitfs, "/sbin/mkinitfs is installed"}}},
		{"Arch", []string{"/usr/bin/mkinitcpio", "/usr/bin/booster"}, []Found{{Mkinitcpio, "/usr/bin/mkinitcpio is installed"}, {Booster, "/usr/bin/booster is installed"}}},
	} {
		if diff := cmp.Diff(test.want, Installed(touch(t, test.files...))); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestMaker(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []file
		want  Found
	}{
		{"initramfs-tools", []file{{name: "conf/initramfs.conf"}}, Found{InitramfsTools, "conf/initramfs.conf is in the image"}},
		{"dracut", []file{{name: "usr/lib/dracut", mode: folder}}, Found{Dracut, "usr/lib/dracut/ is in the image"}},
		{"an older dracut", []file{{name: "lib/dracut", mode: folder}}, Found{Dracut, "lib/dracut/ is in the image"}},
		{"mkinitfs", []file{{name: "sbin/nlplug-findfs"}}, Found{Mkinitfs, "sbin/nlplug-findfs is in the image"}},
		{"mkinitcpio", []file{{name: "buildconfig"}}, Found{Mkinitcpio, "buildconfig is in the image"}},
		{"booster", []file{{name: "etc/booster.init.yaml"}}, Found{Booster, "etc/booster.init.yaml is in the image"}},
		{"an unknown tool", []file{{name: "init"}, {name: "usr/lib/dracut"}}, Found{}},
	} {
		if got, ok := mustRead(t, ended(test.files...)).Maker(); got != test.want || ok != (test.want != Found{}) {
			t.Errorf("%s: %v, %v", test.name, got, ok)
		}
	}
}

func TestEarly(t *testing.T) {
	for _, test := range []struct {
		name    string
		files   []file
		hooks   []string
		systemd bool
	}{
		{"busybox", []file{{name: "init"}, {name: "config", content: "MODULES=\"a\"\nEARLYHOOKS=\"xenpci udev\"\nHOOKS=\"udev\"\n"}}, []string{"xenpci", "udev"}, false},
		{"none", []file{{name: "init"}, {name: "config", content: "EARLYHOOKS=\"\"\n"}}, nil, false},
		{"systemd", []file{{name: "init", content: "usr/lib/systemd/systemd", mode: link}, {name: "usr/lib/systemd/systemd"}, {name: "config", content: "EARLYHOOKS=\"\"\n"}}, nil, true},
		{"only udev is systemd's", []file{{name: "init"}, {name: "usr/lib/systemd/systemd-udevd"}}, nil, false},
	} {
		image := mustRead(t, ended(test.files...))
		if diff := cmp.Diff(test.hooks, image.EarlyHooks(), cmpopts.EquateEmpty()); diff != "" || image.Systemd() != test.systemd {
			t.Errorf("%s: %v %s", test.name, image.Systemd(), diff)
		}
	}
}

func TestRebuild(t *testing.T) {
	const release, image = "6.1.0-32-amd64", "/boot/initrd.img-6.1.0-32-amd64"
	for tool, want := range map[Tool][]string{
		InitramfsTools: {"update-initramfs", "-u", "-k", release},
		Dracut:         {"dracut", "--force", image, release},
		Mkinitfs:       {"mkinitfs", "-o", image, release},
		Mkinitcpio:     {"mkinitcpio", "-k", release, "-g", image},
		Booster:        {"booster", "build", "--force", "--kernel-version", release, image},
	} {
		got, err := Rebuild(tool, release, image)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %s %v", tool, diff, err)
		}
	}
	if _, err := Rebuild("genkernel", release, image); !errors.Is(err, ErrTool) {
		t.Error(err)
	}
	if _, err := Rebuild(Dracut, "--add", image); !errors.Is(err, ErrRelease) {
		t.Error(err)
	}
	for _, image := range []string{"", "initrd", "--force", "/boot/../etc/passwd"} {
		if args, err := Rebuild(Dracut, release, image); err == nil {
			t.Errorf("%q: %q", image, args)
		}
	}
}
