package grub

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/mounts"
)

// probe answers in the place of grub-probe, for a disk that is not there: one
// partition with ext4, with root and /boot on it.
const probe = `#!/bin/sh
for argument; do
	case $argument in
	--target=*) target=${argument#--target=} ;;
	-t) target=next ;;
	*) if [ "$target" = next ]; then target=$argument; fi ;;
	esac
done
case $target in
device) echo /dev/sda1 ;;
partmap) echo msdos ;;
fs) echo ext2 ;;
fs_uuid) echo 6a0f7c1e-0000-4000-8000-000000000001 ;;
compatibility_hint) echo hd0,msdos1 ;;
hints_string) echo --hint-bios=hd0,msdos1 ;;
esac
`

// generate runs Debian's grub-mkconfig over files, by their paths, with a /boot
// that has two kernels and Xen, and reads what it makes.
func generate(t *testing.T, files map[string]string, env map[string]string) (*Config, []byte) {
	t.Helper()
	root := t.TempDir()
	files["/boot/grub/README"] = "" // the folder must be there
	for _, version := range []string{"6.1.0-18-amd64", "6.1.0-21-amd64"} {
		files["/boot/vmlinuz-"+version] = "kernel"
		files["/boot/initrd.img-"+version] = "initrd"
		files["/boot/config-"+version] = "CONFIG_XEN_DOM0=y\n"
	}
	files["/boot/xen-4.17-amd64.gz"] = multiboot2Header()
	files["/usr/sbin/grub-probe"] = probe
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(root+name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range []string{"/boot", "/etc/default", "/usr/sbin/grub-probe"} {
		if err := mounts.Over(root+place, place, t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("grub-mkconfig")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	var messages strings.Builder
	command.Stderr = &messages
	out, err := command.Output()
	if err != nil {
		t.Fatalf("grub-mkconfig: %v\n%s%s", err, &messages, out)
	}
	c, err := ParseConfig(out, env)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return c, out
}

// multiboot2Header is what grub-file knows such a kernel by.
func multiboot2Header() string {
	const magic, length = 0xe85250d6, 24
	var header []byte
	for _, word := range []uint32{magic, 0, length, 1<<32 - magic - length, 0, 8} {
		header = binary.LittleEndian.AppendUint32(header, word)
	}
	return string(header) + strings.Repeat("\x00", 8192)
}

// mkconfig needs root and GRUB's scripts. Where a change is judged they must be
// there.
func mkconfig(t *testing.T) {
	t.Helper()
	for _, program := range []string{"grub-mkconfig", "grub-script-check"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed (Debian: apt install grub-common)")
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("not as root, and grub-mkconfig takes root")
	}
	if err := mounts.Own(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// hidden sorts what a configuration boots by what it hides.
func hidden(t *testing.T, menu []Entry) (hiding, sparing []string) {
	t.Helper()
	for _, e := range menu {
		kernel, _, ok := e.Linux()
		if x, isXen := e.Xen(); isXen {
			kernel, ok = x.Dom0, true
		}
		below, others := hidden(t, e.Entries)
		if list := kernel.Arguments.All(hideKey); ok && len(list) > 0 {
			if len(list) > 1 || list[0].Value != twoDevices || list[0].AfterDashes {
				t.Errorf("%q: %+v", e.Title, list)
			}
			hiding = append(hiding, e.ID)
		} else if ok {
			sparing = append(sparing, e.ID)
		}
		hiding, sparing = append(hiding, below...), append(sparing, others...)
	}
	return hiding, sparing
}

const disk = "6a0f7c1e-0000-4000-8000-000000000001"

// The entries that grub-mkconfig makes of the drop-in and of the block: those
// with Xen hide, and those for recovery and without Xen do not.
func TestGenerated(t *testing.T) {
	const defaults = "GRUB_DISTRIBUTOR=Debian\nGRUB_CMDLINE_LINUX=\"net.ifnames=0\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n" +
		"GRUB_TERMINAL=console\nGRUB_CMDLINE_XEN=\"loglvl=all\"\nGRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=1G,max:1G\"\n"
	line, err := Dom0ArgumentLine(hideKey, twoDevices)
	if err != nil {
		t.Fatal(err)
	}
	line += "\n"
	hiding := []string{"xen-gnulinux-simple-" + disk, "xen-gnulinux-6.1.0-21-amd64-advanced-" + disk, "xen-gnulinux-6.1.0-18-amd64-advanced-" + disk}
	recovery := []string{"gnulinux-6.1.0-21-amd64-recovery-" + disk, "gnulinux-6.1.0-18-amd64-recovery-" + disk,
		"xen-gnulinux-6.1.0-21-amd64-recovery-" + disk, "xen-gnulinux-6.1.0-18-amd64-recovery-" + disk}
	linux := []string{"gnulinux-simple-" + disk, "gnulinux-6.1.0-21-amd64-advanced-" + disk, "gnulinux-6.1.0-18-amd64-advanced-" + disk}
	for _, test := range []struct {
		name            string
		files           map[string]string
		env             map[string]string
		hiding, sparing []string
		boots           string // an ID; "" where only the boot will tell
		dom0            string // arguments of the first entry with Xen, behind root= and ro
	}{
		{
			name:   "drop-in",
			files:  map[string]string{"/etc/default/grub": defaults + "GRUB_DEFAULT=2\n", "/etc/default/grub.d/xenpci.cfg": line},
			hiding: hiding, sparing: slices.Concat(linux, recovery), boots: hiding[0],
			dom0: "net.ifnames=0 quiet splash " + hideKey + "=" + twoDevices,
		},
		{
			name: "drop-in behind Xen's own",
			files: map[string]string{"/etc/default/grub": defaults, "/etc/default/grub.d/xen.cfg": string(sample(t, "debian12-xen.cfg")),
				"/etc/default/grub.d/xenpci.cfg": line},
			hiding: hiding, sparing: slices.Concat(linux, recovery), boots: hiding[0],
			dom0: "net.ifnames=0 quiet splash console=hvc0 " + hideKey + "=" + twoDevices,
		},
		{
			name:  "block, without submenus and recovery",
			files: map[string]string{"/etc/default/grub": "GRUB_DISABLE_SUBMENU=true\nGRUB_DISABLE_RECOVERY=true\nGRUB_DEFAULT=saved\n" + defaults + line},
			env:   map[string]string{"saved_entry": hiding[2]},
			// Then the simple entries are not there either.
			hiding: hiding[1:], sparing: linux[1:], boots: hiding[2],
			dom0: "net.ifnames=0 quiet splash " + hideKey + "=" + twoDevices,
		},
		{
			name:    "nothing of ours",
			files:   map[string]string{"/etc/default/grub": defaults + "GRUB_DEFAULT=\"1>2\"\n"},
			sparing: slices.Concat(linux, hiding, recovery), boots: linux[2],
			dom0: "net.ifnames=0 quiet splash",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			mkconfig(t)
			c, text := generate(t, test.files, test.env)
			gotHiding, gotSparing := hidden(t, c.Entries)
			sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
			if diff := cmp.Diff(sorted(test.hiding), sorted(gotHiding)); diff != "" {
				t.Errorf("hiding: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(sorted(test.sparing), sorted(gotSparing)); diff != "" {
				t.Errorf("not hiding: -want +got\n%s", diff)
			}
			if e, err := c.DefaultEntry(); err != nil || e.ID != test.boots {
				t.Errorf("boots %q (%v), want %q", e.ID, err, test.boots)
			}
			for _, e := range c.XenEntries() {
				x, _ := e.Xen()
				if e.Recovery() != strings.Contains(e.ID, "-recovery-") {
					t.Errorf("%q: for recovery: %v", e.ID, e.Recovery())
				}
				if !strings.HasPrefix(filepath.Base(x.Dom0.File), "vmlinuz-6.1.0-") || filepath.Base(x.Hypervisor.File) != "xen-4.17-amd64.gz" ||
					len(x.Initrds()) != 1 || !strings.HasPrefix(filepath.Base(x.Initrds()[0]), "initrd.img-6.1.0-") {
					t.Errorf("%q: %+v", e.ID, x)
				}
			}
			x, _ := c.XenEntries()[0].Xen()
			if _, arguments, _ := strings.Cut(x.Dom0.Arguments.String(), " ro "); arguments != test.dom0 {
				t.Errorf("dom0 gets %q, want %q", arguments, test.dom0)
			}
			if !checker(t)(text) {
				t.Errorf("grub-script-check refuses\n%s", text)
			}
		})
	}
}

// GRUB 2 has a reader for menus of GRUB legacy, which writes its own language.
func TestMenuAsGRUB2(t *testing.T) {
	if _, err := exec.LookPath("grub-menulst2cfg"); err != nil {
		t.Skip("grub-menulst2cfg is not installed (Debian: apt install grub-common)")
	}
	for _, name := range []string{"lenny-menu.lst", "rhel5-grub.conf"} {
		t.Run(name, func(t *testing.T) {
			// It does not know commands that are indented, as GRUB legacy does.
			menu := filepath.Join(t.TempDir(), "menu.lst")
			if err := os.WriteFile(menu, bytes.ReplaceAll(sample(t, name), []byte("\n\t"), []byte("\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("grub-menulst2cfg", menu).Output()
			if err != nil {
				t.Fatal(err)
			}
			c, err := ParseConfig(out, nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			m := ParseMenuList(sample(t, name))
			if len(c.Entries) != len(m.Stanzas) {
				t.Fatalf("%d entries of %d stanzas", len(c.Entries), len(m.Stanzas))
			}
			for i, s := range m.Stanzas {
				var want, got []string
				for _, command := range s.Commands {
					if command.Name == "module" {
						want = append(want, strings.Join(strings.Fields(command.Argument), " "))
					}
				}
				for _, command := range c.Entries[i].Commands {
					if strings.HasPrefix(command.Name, "legacy_initrd") && len(want) > 0 {
						got = append(got, strings.Join(command.Words[1:], " "))
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || strings.TrimSpace(s.Title) != c.Entries[i].Title {
					t.Errorf("%q, %q: -want +got\n%s", s.Title, c.Entries[i].Title, diff)
				}
			}
		})
	}
}

// TestGeneratorSettingLines gives Debian's grub-mkconfig the lines by which settings get words, and
// a line that hides devices after them. Entries without Xen get none of them.
func TestGeneratorSettingLines(t *testing.T) {
	hide, err := Dom0ArgumentLine(hideKey, twoDevices)
	if err != nil {
		t.Fatal(err)
	}
	const defaults = "GRUB_CMDLINE_LINUX=\"console=tty0\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_XEN=\"loglvl=all\"\nGRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=1G\"\n"
	for _, test := range []struct {
		name                   string
		lines                  []string
		xen, dom0              string // of normal entries
		recoveryXen, recovery0 string
	}{
		{
			"words are added", []string{mustAppend(t, CmdlineXenDefault, "", "smt=off"), mustAppend(t, XenReplaceDefault, CmdlineLinuxDefault, "panic=5")},
			"loglvl=all dom0_mem=1G smt=off", "console=tty0 quiet panic=5 " + hideKey + "=" + twoDevices, "loglvl=all", "single console=tty0",
		},
		{
			"words are replaced", []string{ReplaceLine(CmdlineXenDefault, []string{"dom0_mem=2G"}), ReplaceLine(XenReplaceDefault, nil)},
			"loglvl=all dom0_mem=2G", "console=tty0 " + hideKey + "=" + twoDevices, "loglvl=all", "single console=tty0",
		},
		{
			"for recovery too", []string{mustAppend(t, CmdlineXen, "", "smt=off"), ReplaceLine(XenReplace, []string{"console=hvc0"})},
			"loglvl=all smt=off dom0_mem=1G", "console=hvc0 quiet " + hideKey + "=" + twoDevices, "loglvl=all smt=off", "single console=hvc0",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			mkconfig(t)
			config, _ := generate(t, map[string]string{
				"/etc/default/grub": defaults, "/etc/default/grub.d/xenpci-arguments.cfg": strings.Join(test.lines, "\n") + "\n", "/etc/default/grub.d/xenpci.cfg": hide + "\n",
			}, nil)
			words := func(line CommandLine) string { // without what the script adds
				return strings.Join(slices.DeleteFunc(line.words(), func(w string) bool {
					return w == "placeholder" || w == "ro" || strings.HasPrefix(w, "root=") || w == "${xen_rm_opts}"
				}), " ")
			}
			for _, e := range config.XenEntries() {
				xen, _ := e.Xen()
				want := []string{test.xen, test.dom0}
				if e.Recovery() {
					want = []string{test.recoveryXen, test.recovery0}
				}
				if diff := cmp.Diff(want, []string{words(xen.Hypervisor.Arguments), words(xen.Dom0.Arguments)}); diff != "" {
					t.Errorf("%s: (-want +got):\n%s", e.Title, diff)
				}
			}
			kernel, _, ok := config.Entries[0].Linux()
			if got := words(kernel.Arguments); !ok || got != "console=tty0 quiet" {
				t.Errorf("without Xen: %q, %v", got, ok)
			}
		})
	}
}
