package boot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/grub"
)

// inPlaceCases are machines with entries that xenpci edits, with one word set on Xen's line in the
// place of another, and one word on dom0's.
var inPlaceCases = []struct {
	name    string
	machine func() map[string]string
	run     func(m *machine) func(args ...string) error
	file    string
	xen     WordEdit
	words   map[string]string // in the file, what becomes of some text of it
	back    string
	alone   bool // devices cannot be hidden in the file
}{
	{
		"GRUB legacy", legacy, nil, "/boot/grub/grub.conf", setting(true, "dom0_mem=1G->dom0_mem=2G"),
		map[string]string{
			"kernel\t/boot/xen.gz dom0_mem=1G\n\tmodule /boot/vmlinuz-6  root=/dev/sda1 ro":  "kernel\t/boot/xen.gz dom0_mem=2G\n\tmodule /boot/vmlinuz-6  root=/dev/sda1 ro panic=5",
			"module /boot/vmlinuz-5 root=/dev/sda1 xen-pciback.hide=(0000:00:04.0) ro quiet": "module /boot/vmlinuz-5 root=/dev/sda1 xen-pciback.hide=(0000:00:04.0) ro quiet panic=5",
			"# xenkopt=console=tty0": "# xenkopt=console=tty0 panic=5",
		}, "dom0_mem=2G", false,
	},
	{
		"XCP-ng", xcpng, nil, "/boot/grub/grub.cfg", setting(true, "dom0_mem=2624M,max:2624M->dom0_mem=2G"),
		map[string]string{
			"nolvm  hpet=disable console=hvc0 console=tty0 quiet\n":                                                    "nolvm  hpet=disable console=hvc0 console=tty0 quiet panic=5\n",
			"(Serial)' {\n\tsearch --label --set root root-abcdef\n\tmultiboot2 /boot/xen.gz dom0_mem=2624M,max:2624M": "(Serial)' {\n\tsearch --label --set root root-abcdef\n\tmultiboot2 /boot/xen.gz dom0_mem=2G",
			"'XCP-ng' {\n\tsearch --label --set root root-abcdef\n\tmultiboot2 /boot/xen.gz dom0_mem=2624M,max:2624M":  "'XCP-ng' {\n\tsearch --label --set root root-abcdef\n\tmultiboot2 /boot/xen.gz dom0_mem=2G",
			"vmlinuz-4.19-xen root=LABEL=root-abcdef ro nolvm hpet=disable console=tty0 console=hvc0\n":                "vmlinuz-4.19-xen root=LABEL=root-abcdef ro nolvm hpet=disable console=tty0 console=hvc0 panic=5\n",
		}, "dom0_mem=2G", false,
	},
	{
		"xen.efi", efiXenMachine, nil, "/boot/efi/EFI/xen/xen.cfg", setting(true, "dom0_mem=1G->dom0_mem=2G smt=off"),
		map[string]string{
			"options=dom0_mem=1G\n": "options=dom0_mem=2G smt=off\n",
			"ro # first":            "ro panic=5 # first",
			"[old]\n":               "[old]\noptions=smt=off\n",
			"ro quiet\n":            "ro quiet panic=5\n",
		}, "dom0_mem=2G", false,
	},
	{
		"EXTLINUX", alpineExtlinux, func(m *machine) func(args ...string) error { return m.updateExtlinux }, extlinuxSettings, setting(true, "dom0_mem=384M->dom0_mem=2G"),
		map[string]string{
			extlinuxDefaults: extlinuxDefaults + "# BEGIN xenpci words\nxen_opts=\"dom0_mem=2G\"\ndefault_kernel_opts=\"$default_kernel_opts panic=5\"\n# END xenpci words\n",
		}, "dom0_mem=2G", false,
	},
	{
		"syslinux.cfg by hand", syslinuxByHand, nil, "/boot/syslinux/syslinux.cfg", setting(true, "dom0_mem=1G->dom0_mem=2G smt=off"),
		map[string]string{
			"xen.gz dom0_mem=1G  loglvl=all --- vmlinuz\troot=/dev/sda1 ro ---": "xen.gz dom0_mem=2G  loglvl=all smt=off --- vmlinuz\troot=/dev/sda1 ro panic=5 ---",
			"xen.gz --- vmlinuz ---":                         "xen.gz smt=off --- vmlinuz panic=5 ---",
			"com1=9600 --- /boot/vmlinuz-old root=/dev/sda1": "com1=9600 smt=off --- /boot/vmlinuz-old root=/dev/sda1 panic=5",
		}, "dom0_mem=2G", true,
	},
}

// syslinuxByHand is a machine with a file of SYSLINUX that a person wrote: with an entry by tboot, one
// without arguments, one whose files follow KERNEL, one for recovery, and Linux without Xen.
func syslinuxByHand() map[string]string {
	return joined(kernel(), map[string]string{"/boot/syslinux/syslinux.cfg": "default menu.c32\r\nserial 0 115200\n\nLabel xen\n\tmenu default\n\tMenu Label ^Xen\n\tKERNEL mboot.c32\n" +
		"\tAPPEND tboot.gz logging=serial --- xen.gz dom0_mem=1G  loglvl=all --- vmlinuz\troot=/dev/sda1 ro --- initrd  \n" +
		"label bare\nkernel mboot.c32\nappend xen.gz --- vmlinuz --- initrd\r\n" +
		"label old\nkernel mboot.c32 /boot/xen-old.gz com1=9600 --- /boot/vmlinuz-old root=/dev/sda1\n" +
		"label rescue\nkernel mboot.c32\nappend xen.gz dom0_mem=1G --- vmlinuz single --- initrd\n" +
		"label linux\nlinux vmlinuz\nappend root=/dev/sda1 ro"})
}

// TestWordsInPlace sets words where no program makes the entries, or EXTLINUX's does, and hides
// devices beside them in each order: undoing one leaves the other, to the byte.
func TestWordsInPlace(t *testing.T) {
	t.Parallel()
	for _, test := range inPlaceCases {
		for _, order := range []string{"words alone", "words first", "hiding first", "words first, undone last", "hiding first, undone last"} {
			if test.alone && order != "words alone" {
				continue
			}
			t.Run(test.name+"/"+order, func(t *testing.T) {
				m := newMachine(t, test.machine())
				run := func(...string) error { return nil }
				if test.run != nil {
					run = test.run(m)
				}
				before := withoutOld(m.tree())
				want := m.read(test.file)
				for from, to := range test.words {
					if !strings.Contains(want, from) {
						t.Fatalf("%q is not in the file", from)
					}
					want = strings.ReplaceAll(want, from, to)
				}
				words := func() { m.mustEdit(run, test.xen); m.mustEdit(run, setting(false, "panic=5")) }
				back := func() {
					m.mustEdit(run, setting(true, "", test.back))
					m.mustEdit(run, setting(true, "", "smt=off"))
					m.mustEdit(run, setting(false, "", "panic=5"))
				}
				hide := func() { m.mustSet(run, 2, KernelArgument) }
				show := func() { m.mustSet(run, 2) }
				steps := map[string][]func(){
					"words first": {words, hide, back, show}, "hiding first": {hide, words, show, back},
					"words first, undone last": {words, hide, show, back}, "hiding first, undone last": {hide, words, back, show},
				}[order]
				if order == "words alone" {
					words()
					if diff := cmp.Diff(want, m.read(test.file)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					back()
				}
				var after []map[string]string
				for _, step := range steps {
					step()
					after = append(after, withoutOld(m.tree()))
				}
				if strings.HasSuffix(order, "undone last") {
					if diff := cmp.Diff(after[0], after[2]); diff != "" {
						t.Errorf("what was done first is not left as it was: (-want +got):\n%s", diff)
					}
				}
				if diff := cmp.Diff(before, withoutOld(m.tree())); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestWordsForRecovery sets a word in the entries for recovery too.
func TestWordsForRecovery(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]func() map[string]string{"GRUB legacy": legacy, "XCP-ng": xcpng, "xen.efi": efiXenMachine, "SYSLINUX": syslinuxByHand} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, files())
			before := m.tree()
			for _, recovery := range []bool{false, true} {
				e := setting(true, "smt=off")
				e.Recovery = recovery
				m.mustEdit(nil, e)
				entries, err := m.look(nil).Loader.Entries(m.fs)
				if err != nil {
					t.Fatal(err)
				}
				for _, entry := range entries {
					if has := slices.Contains(wordsOf(entry.Hypervisor.Arguments), "smt=off"); has != (recovery || !entry.Recovery) {
						t.Errorf("%s: %v", entry.Title, has)
					}
				}
			}
			undo := setting(true, "", "smt=off")
			undo.Recovery = true
			m.mustEdit(nil, undo)
			m.isAs(before)
		})
	}
}

// TestWordsNotForRecovery loses a word in the last entry, which is one for recovery: everything is taken back.
func TestWordsNotForRecovery(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]func() map[string]string{"GRUB legacy": legacy, "XCP-ng": xcpng, "SYSLINUX": syslinuxByHand} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, files())
			before := m.tree()
			e := setting(true, "smt=off")
			e.Recovery = true
			h := m.look(nil)
			p, err := PlanWords(t.Context(), h, e)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range p.Changes {
				if at := strings.LastIndex(string(c.New.Content), " smt=off"); !c.Record && at >= 0 {
					p.Changes[i].New.Content = slices.Delete(slices.Clone(c.New.Content), at, at+len(" smt=off"))
				}
			}
			var lost *LostError
			err = p.CarryOut(t.Context(), h, func(ctx context.Context) error { return p.Check(ctx, h, e) })
			if !errors.As(err, &lost) || !slices.Equal(lost.Lacks, []string{"smt=off"}) {
				t.Errorf("%v", err)
			}
			m.isAs(before)
		})
	}
}

// TestWordsOfPlatform has an entry that starts Xen by GRUB's platform: the line that this machine boots with is
// edited, and named.
func TestWordsOfPlatform(t *testing.T) {
	t.Parallel()
	menu := func(pc, efi string) string {
		return "menuentry 'Xen' {\n\tif [ \"$grub_platform\" = efi ]; then\n\t\tmultiboot2 /xen.gz dom0_mem=2G" + efi +
			"\n\telse\n\t\tmultiboot /xen.gz dom0_mem=1G" + pc + "\n\tfi\n\tmodule2 /vmlinuz ro\n}\n"
	}
	for platform, test := range map[string]struct {
		want string
		line int
	}{"i386-pc": {menu(" smt=off", ""), 5}, "x86_64-efi": {menu("", " smt=off"), 3}} {
		m := newMachine(t, openRC(), map[string]string{"/boot/grub/grub.cfg": menu("", ""), "/boot/grub/" + platform + "/": ""})
		before := m.tree()
		p, err := PlanWords(t.Context(), m.look(nil), setting(true, "smt=off"))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Entries) != 1 || p.Entries[0].Line != test.line {
			t.Errorf("%s: %+v, want line %d", platform, p.Entries, test.line)
		}
		m.mustEdit(nil, setting(true, "smt=off"))
		if diff := cmp.Diff(test.want, m.read("/boot/grub/grub.cfg")); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", platform, diff)
		}
		m.mustEdit(nil, setting(true, "", "smt=off"))
		m.isAs(before)
	}
}

// TestWordsByHand names the place of lines that xenpci does not write.
func TestWordsByHand(t *testing.T) {
	t.Parallel()
	changed := func(files map[string]string, more map[string]string) map[string]string {
		maps.Copy(files, more)
		return files
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		facts string
	}{
		{"NixOS", changed(xcpng(), map[string]string{"/boot/grub/grub.cfg": "# Automatically generated.  DO NOT EDIT THIS FILE!\n" + xenServerConfig("")}), "virtualisation.xen.boot.params"},
		{"extlinux.conf includes another file", changed(alpineExtlinux(), map[string]string{"/boot/extlinux.conf": "INCLUDE more.conf\nLABEL xen\nKERNEL mboot.c32\nAPPEND xen.gz --- vmlinuz\n"}), "/boot/extlinux.conf:4"},
		{"no overwrite=1", changed(alpineExtlinux(), map[string]string{extlinuxSettings: strings.Replace(extlinuxDefaults, "=1", "=0", 1)}), "overwrite=1"},
		{"no boot loader", kernel(), "no boot loader was found"},
		{"no generator", func() map[string]string {
			m := debian12()
			delete(m, "/usr/sbin/update-grub")
			delete(m, "/usr/sbin/grub-mkconfig")
			return m
		}(), "the program was not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, test.files)
			before := m.tree()
			var byHand *ByHandError
			err := m.edit(nil, setting(true, "smt=off"))
			if !errors.As(err, &byHand) {
				t.Fatal(err)
			}
			hasFacts(t, err.Error(), test.facts)
			m.isAs(before)
		})
	}
}

// FuzzWords sets a word in any file of a boot loader, and removes it again: the file is as it was,
// and only entries have changed.
func FuzzWords(f *testing.F) {
	f.Add(menu, "smt=off", true)
	f.Add(xenServerConfig(""), "panic=5", false)
	f.Add(xenCfg, "smt=off", true)
	f.Add("label x\nkernel mboot.c32\nappend xen.gz a --- vmlinuz\n", "smt=off", true)
	f.Fuzz(func(t *testing.T, text, word string, xen bool) {
		if len(text) > 4<<10 || grub.CheckWord(word) != nil || Hides(word) {
			return
		}
		for name, edit := range map[string]func(target) inPlace{
			"menu.lst": func(t target) inPlace { return t.menuList },
			"grub.cfg": func(t target) inPlace { return t.grubConfig(nil) },
			"xen.cfg":  func(t target) inPlace { return t.xenConfig("") },
			"syslinux": func(t target) inPlace { return t.syslinuxConfig },
		} {
			if err := roundTrip(wordsFile{name, edit}, []byte(text), word, xen); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// roundTrip adds a word to each entry and removes it.
func roundTrip(file wordsFile, content []byte, word string, xen bool) error {
	lines, err := file.claims(claimsDocument{}, content)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read is refused
	}
	change := func(e WordEdit, now, before []byte) ([]byte, error) {
		r, err := file.changed(e, now, before, lines)
		lines = r.lines
		return r.content, err
	}
	for _, words := range func() map[title][]string {
		all, _ := file.edit(target{xen: xen, recovery: true}).words(content)
		return all
	}() {
		if slices.Contains(words, word) {
			return nil
		}
	}
	set := setting(xen, word)
	set.Recovery = true
	with, err := change(set, content, content)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read or edited is refused
	}
	undo := setting(xen, "", word)
	undo.Recovery = true
	back, err := change(undo, with, content)
	if err != nil {
		return fmt.Errorf("it cannot be taken back: %w", err)
	}
	if string(back) != string(content) {
		return fmt.Errorf("%q became %q and then %q", content, with, back)
	}
	return nil
}
