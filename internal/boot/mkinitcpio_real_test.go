package boot

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
	testinitramfs "github.com/xenpci/xenpci/test/initramfs"
)

// mkinitcpioProgram is installed by Arch's package. Debian has none, so that
// TestMkinitcpioItself runs only where somebody has installed it.
const mkinitcpioProgram = "/usr/bin/mkinitcpio"

// inImageOf is what decides in an image whether xenpci runs before udev.
type inImageOf struct {
	Maker   initramfs.Tool
	Early   []string
	Systemd bool
	Unit    bool
	Ours    []string // names of entries
	Pciback bool
}

func lookInto(t *testing.T, f sysfs.FS, file string) (in inImageOf) {
	t.Helper()
	image, err := initramfs.Read(t.Context(), f, file)
	if err != nil {
		t.Fatal(err)
	}
	made, _ := image.Maker()
	in.Maker, in.Early, in.Systemd = made.Tool, image.EarlyHooks(), image.Systemd()
	_, in.Unit = image.Entry(mkinitcpioUnit)
	_, in.Pciback = image.Module("xen-pciback")
	for _, name := range []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml", "hooks/xenpci", "usr/lib/systemd/system/xenpci-initramfs.service"} {
		if _, ok := image.Entry(name); ok {
			in.Ours = append(in.Ours, name)
		}
	}
	return in
}

// moduleFile returns a file that modinfo takes for a module, with that information alone.
func moduleFile(information string) string {
	const names = "\x00.modinfo\x00.shstrtab\x00"
	const header = 64 // bytes of the file's header, and of a section's
	var out bytes.Buffer
	put := func(fields ...any) {
		for _, f := range fields {
			_ = binary.Write(&out, binary.LittleEndian, f) // a Buffer takes everything
		}
	}
	section := func(name, kind uint32, offset, size int) {
		put(name, kind, uint64(0), uint64(0), uint64(offset), uint64(size), uint32(0), uint32(0), uint64(1), uint64(0))
	}
	text := information + "\x00"
	put([16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, uint16(elf.ET_REL), uint16(elf.EM_X86_64), uint32(1), uint64(0), uint64(0), uint64(header),
		uint32(0), uint16(header), uint16(0), uint16(0), uint16(header), uint16(3), uint16(2))
	at := header + 3*header
	section(0, 0, 0, 0)
	section(1, uint32(elf.SHT_PROGBITS), at, len(text))
	section(uint32(len("\x00.modinfo\x00")), uint32(elf.SHT_STRTAB), at+len(text), len(names))
	out.WriteString(text + names)
	return out.String()
}

// TestMkinitcpioItself holds archPrograms to the real mkinitcpio.
func TestMkinitcpioItself(t *testing.T) {
	program, err := os.ReadFile(mkinitcpioProgram)
	if err != nil {
		t.Skipf("mkinitcpio is not installed: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	folder, err := filepath.Abs(filepath.Join("../..", testinitramfs.Folder))
	if err != nil {
		t.Fatal(err)
	}
	if err := testinitramfs.Unpacked(folder); err != nil {
		t.Skip(err)
	}
	modules := "/usr/lib/modules/" + release + "/"
	for _, test := range []struct {
		name     string
		settings string
		want     []string // the hooks that run early
	}{
		{"udev", "HOOKS=(base udev modconf)\nCOMPRESSION=cat\n", []string{"xenpci", "udev"}},
		{"a text", "MODULES=\"\"\nHOOKS=\"base udev modconf\"\nCOMPRESSION=cat\n", []string{"xenpci", "udev"}},
		{"without udev", "HOOKS=(base modconf)\nCOMPRESSION=cat\n", []string{"xenpci"}},
		{"systemd", "HOOKS=(base systemd modconf)\nCOMPRESSION=cat\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, map[string]string{
				"/proc/sys/kernel/osrelease": release + "\n", "/lib": "-> usr/lib", "/var/lib/": "", "/run/systemd/system/": "",
				modules + "kernel/drivers/xen/xen-pciback/xen-pciback.ko": moduleFile("description=nothing"),
				modules + "modules.order":                                 "", modules + "modules.builtin": "", modules + "modules.builtin.modinfo": "",
				modules + "pkgbase":          "linux\n",
				mkinitcpioProgram:            string(program),
				"/usr/sbin/xenpci":           "#!/bin/sh\necho a program without libraries\n",
				"/etc/xenpci/devices.toml":   "# the list\n",
				"/etc/mkinitcpio.conf":       test.settings,
				"/etc/mkinitcpio.conf.d/":    "",
				"/boot/initramfs-linux.img":  newc(archImage()),
				"/etc/mkinitcpio.d/x.preset": "PRESETS=('default')\ndefault_image=/boot/initramfs-linux.img\n",
			})
			if out, err := exec.Command("depmod", "-b", m.fs.Path("/usr"), release).CombinedOutput(); err != nil {
				t.Skipf("depmod: %v: %s", err, out)
			}
			m.mustSet(nil, 2, Initramfs)
			file := filepath.Join(t.TempDir(), "image")
			shown := errors.New("nothing was run")
			var out []byte
			done := make(chan error)
			// Its goroutine ends with the thread that has the mounts.
			go func() {
				if shown = testinitramfs.Show(folder, m.root); shown != nil {
					done <- nil
					return
				}
				var err error
				command := exec.Command("mkinitcpio", "-k", release, "-g", file)
				command.Env = append(os.Environ(), "TMPDIR="+filepath.Dir(file))
				out, err = command.CombinedOutput()
				done <- err
			}()
			// It fails where this machine lacks something that other hooks ask for.
			err := <-done
			if shown != nil {
				t.Skip(shown)
			}
			t.Logf("%v\n%s", err, out)
			real := lookInto(t, sysfs.FS{}, file)
			p := &archPrograms{m: m}
			p.build("/boot/initramfs-linux.img", "")
			if diff := cmp.Diff(real, lookInto(t, m.fs, "/boot/initramfs-linux.img"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the stand-in makes another image (-mkinitcpio +stand-in):\n%s", diff)
			}
			if !slices.Equal(real.Early, test.want) || real.Unit != (test.want == nil) || !real.Pciback || !slices.Contains(real.Ours, "usr/sbin/xenpci") {
				t.Errorf("%+v", real)
			}
			for line := range strings.Lines(string(out)) {
				if (strings.Contains(line, "ERROR") || strings.Contains(line, "WARNING")) && strings.Contains(line, "xen") {
					t.Errorf("the hook complains: %s", line)
				}
			}
		})
	}
}
