package initramfs

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
	testinitramfs "github.com/xenpci/xenpci/test/initramfs"
)

const (
	release   = "6.1.0-9-test"
	moduleDir = "usr/lib/modules/" + release + "/"
	pciback   = moduleDir + "kernel/drivers/xen/xen-pciback/xen-pciback.ko"
)

// system is a machine of Debian's with a tool's files, to be shown over this
// one. Its kernel's only module is pciback.
func system(t *testing.T, tool initramfs.Tool, files map[string]string) (tree string) {
	t.Helper()
	tree = t.TempDir()
	all := map[string]string{
		pciback: "no module for any kernel", moduleDir + "modules.order": "", moduleDir + "modules.builtin": "", moduleDir + "modules.builtin.modinfo": "",
		"boot/config-" + release:         "CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\n",
		"etc/initramfs-tools/conf.d/few": "MODULES=list\n",
	}
	for _, f := range mustFiles(t, tool, brand.Program) {
		all[f.Path] = f.Text
	}
	if Marked(tool) {
		all[Mark] = MarkText
	}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		name = filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// It says that this is no module, and makes the index of all that is there.
	if out, err := exec.Command("depmod", "-b", filepath.Join(tree, "usr"), release).CombinedOutput(); err != nil {
		t.Skipf("depmod: %v: %s", err, out)
	}
	return tree
}

// declared is a program and a list.
var declared = map[string]string{
	"usr/sbin/xenpci": "#!/bin/sh\necho a program without libraries\n", "etc/xenpci/devices.toml": "# one\n", "etc/xenpci/devices.d/two.toml": "# two\n",
}

// refusing is a program that refuses the list.
const refusing = "#!/bin/sh\necho \"xenpci: $*: / is on sda\" >&2\nexit 3\n"

// within runs commands on the machine in tree, one after the other, and returns
// what they print.
func within(t *testing.T, tree string, commands ...[]string) (output []string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	folder, err := filepath.Abs(filepath.Join("..", testinitramfs.Folder))
	if err != nil {
		t.Fatal(err)
	}
	if err := testinitramfs.Unpacked(folder); err != nil {
		t.Skip(err)
	}
	scratch := t.TempDir()
	shown := errors.New("nothing was run")
	done := make(chan error)
	// Its goroutine ends with the thread that has the mounts.
	go func() {
		if shown = testinitramfs.Show(folder, tree); shown != nil {
			done <- nil
			return
		}
		for _, args := range commands {
			command := exec.Command(args[0], args[1:]...)
			command.Env = append(os.Environ(), "TMPDIR="+scratch, "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
			out, err := command.CombinedOutput()
			if err != nil {
				done <- fmt.Errorf("%q: %w\n%s", args, err, out)
				return
			}
			output = append(output, string(out))
		}
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if shown != nil {
		t.Skip(shown)
	}
	return output
}

// look reads an image and checks that all is in it.
func look(t *testing.T, file string, maker initramfs.Tool) *initramfs.Image {
	t.Helper()
	image, err := initramfs.Read(t.Context(), sysfs.FS{}, file, "etc/xenpci/*", "etc/xenpci/devices.d/*", "usr/sbin/xenpci")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range declared {
		if got, ok := image.File(name); !ok || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	if got, ok := image.Module("xen-pciback"); !ok || got != pciback {
		t.Errorf("pciback: %q, %v", got, ok)
	}
	if diff := cmp.Diff([]string{release}, image.Releases()); diff != "" {
		t.Error(diff)
	}
	if made, ok := image.Maker(); !ok || made.Tool != maker {
		t.Errorf("made by %+v, %v", made, ok)
	}
	return image
}

// TestMkinitramfs has mkinitramfs make an image with our files, and wants our
// script before udev's. One that is named as ours would be without the zeroes
// runs after that: should this change, the name is not needed any more.
func TestMkinitramfs(t *testing.T) {
	t.Parallel()
	files := maps.Clone(declared)
	files["etc/initramfs-tools/scripts/init-top/xenpci"] = initTop
	file := filepath.Join(t.TempDir(), "image")
	output := within(t, system(t, initramfs.InitramfsTools, files),
		[]string{"mkinitramfs", "-c", "zstd", "-o", file, release}, []string{"lsinitramfs", file})
	image := look(t, file, initramfs.InitramfsTools)
	scripts := image.Scripts("init-top")
	if !slices.IsSortedFunc([]string{"00xenpci", "udev", "xenpci"}, func(a, b string) int {
		return slices.Index(scripts, a) - slices.Index(scripts, b)
	}) || !slices.Contains(scripts, "00xenpci") {
		t.Errorf("init-top: %q", scripts)
	}
	names := strings.Split(strings.TrimSpace(output[1]), "\n")
	slices.Sort(names)
	if diff := cmp.Diff(names, image.Names()); diff != "" {
		t.Errorf("lsinitramfs has other names: %s", diff)
	}
}

// TestMkinitramfsGoesOn wants an image where the hook finds nothing to take.
func TestMkinitramfsGoesOn(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string // that mkinitramfs prints
	}{
		{"nothing is declared", map[string]string{"usr/sbin/xenpci": declared["usr/sbin/xenpci"]}, ""},
		{"the program is gone", map[string]string{"etc/xenpci/devices.toml": "# one\n"},
			"W: xenpci: /usr/sbin/xenpci could not be copied into the initramfs, which will hide no device\n"},
		{"the list is refused", map[string]string{"etc/xenpci/devices.toml": "# one\n", "usr/sbin/xenpci": refusing},
			"W: xenpci: the initramfs will hide no device: xenpci: hook image: / is on sda\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "image")
			output := within(t, system(t, initramfs.InitramfsTools, test.files), []string{"mkinitramfs", "-c", "gzip", "-o", file, release})
			var said string
			for line := range strings.Lines(output[0]) {
				if strings.Contains(line, "xenpci:") {
					said += line
				}
			}
			if said != test.want {
				t.Errorf("it says %q, want %q", said, test.want)
			}
			image, err := initramfs.Read(t.Context(), sysfs.FS{}, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"usr/sbin/xenpci", "scripts/init-top/00xenpci"} {
				if e, ok := image.Entry(name); ok && (name != "scripts/init-top/00xenpci" || test.files["usr/sbin/xenpci"] == refusing) {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// TestDracut has dracut make an image with our module, and wants the hook where
// it runs before udev is started.
func TestDracut(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "image")
	dracut := []string{"dracut", "--force", "--no-hostonly", "--no-early-microcode", "--modules", "base xenpci", file, release}
	within(t, system(t, initramfs.Dracut, declared), dracut)
	image := look(t, file, initramfs.Dracut)
	for _, name := range []string{"usr/lib/dracut/hooks/pre-udev/00-xenpci-pre-udev.sh", "usr/bin/sleep", "usr/bin/mkdir"} {
		if _, ok := image.Entry(name); !ok {
			t.Errorf("%s is not there", name)
		}
	}
}
