package boot

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
)

// enableCalls are the commands that enable all layers on Debian. Each program runs
// once, however many layers need it.
var enableCalls = []string{"update-grub", "update-initramfs -u -k " + release, "systemctl daemon-reload"}

func TestCarryOut(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	before, made := m.tree(), m.made()
	m.mustSet(p.run, 2, Names()...)
	if diff := cmp.Diff(enableCalls, p.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h := m.look(p.run)
	reports, wrong := h.Reports(t.Context(), cards(h), Names())
	written := map[Name]Answer{KernelArgument: Yes, Initramfs: Yes, Modprobe: Yes, Udev: Yes, Service: Yes}
	want := Report{Written: written, Entry: Yes, CommandLine: No, Image: Yes}
	if diff := cmp.Diff([]Report{want, want}, reports); diff != "" || len(wrong) > 0 {
		t.Errorf("%v (-want +got):\n%s", wrong, diff)
	}

	// Again there is nothing to do.
	p.calls = nil
	setup, err := Prepare(t.Context(), h, listed(cards(h)), Names())
	if err != nil || !setup.Nothing() || setup.CarryOut(t.Context()) != nil || len(p.calls) > 0 {
		t.Errorf("%v %v %q", err, setup.Commands, p.calls)
	}

	m.mustSet(p.run, 2)
	m.isAs(before)
	if diff := cmp.Diff(made, m.made()); diff != "" {
		t.Errorf("made: %s", diff)
	}
}

// TestCarryOutFails has each program fail, in turn, when layers are enabled and
// disabled: everything is as it was, and the programs have run again.
func TestCarryOutFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		was, get []Name
	}{
		{"enable", nil, Names()},
		{"disable", Names(), nil},
		{"one for another", []Name{Udev, Service}, []Name{KernelArgument, Modprobe}},
	} {
		for n := 1; n <= 3; n++ {
			t.Run(fmt.Sprintf("%s, call %d", test.name, n), func(t *testing.T) {
				m, p := debianWithPrograms(t)
				m.mustSet(p.run, 2, test.was...)
				before, made := m.tree(), m.made()
				p.calls = nil
				p.fail = func(call int) bool { return call == n }
				err := m.set(p.run, 2, test.get...)
				var taken *change.TakenBackError
				if !errors.As(err, &taken) || taken.Undo != nil || !errors.Is(err, errProgram) {
					t.Fatal(err)
				}
				m.isAs(before)
				if diff := cmp.Diff(made, m.made()); diff != "" {
					t.Errorf("made: %s", diff)
				}
				if len(p.calls) <= n {
					t.Errorf("nothing ran afterwards: %q", p.calls)
				}
			})
		}
	}
}

// TestCarryOutFailsForGood has a program fail also when everything is taken back: the
// files are as before, and the error has both causes.
func TestCarryOutFailsForGood(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	before := m.tree()
	p.fail = func(call int) bool { return call >= 2 }
	err := m.set(p.run, 2, Names()...)
	var taken *change.TakenBackError
	if !errors.As(err, &taken) || !errors.Is(taken.Undo, errProgram) {
		t.Error(err)
	}
	m.isAs(before)
}

// TestTakeBackGoesOn has a program fail when everything is taken back: those after it
// still run, and every other image is as it was.
func TestTakeBackGoesOn(t *testing.T) {
	t.Parallel()
	const other = "6.1.0-10-amd64"
	m, p := debianWithPrograms(t)
	m.write("/lib/modules/"+other+"/modules.dep", "")
	p.updateInitramfs(other)
	made := m.read("/boot/initrd.img-" + other)
	reload := 0
	p.fail = func(call int) bool { // systemctl daemon-reload, and the first image on the way back
		if reload == 0 && strings.HasPrefix(p.calls[call-1], "systemctl") {
			reload = call
			return true
		}
		return reload > 0 && p.calls[call-1] == "update-initramfs -u -k "+release
	}
	err := m.set(p.run, 2, Initramfs, Service)
	if failed := (*change.TakenBackError)(nil); !errors.As(err, &failed) || !errors.Is(failed.Undo, errProgram) {
		t.Errorf("%v", err)
	}
	if m.read("/boot/initrd.img-"+other) != made {
		t.Errorf("the other kernel's image hides devices still, after %q", p.calls)
	}
}

// TestReadBack has programs that exit with 0 and did not do their work.
func TestReadBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		wrong func(*programs)
		layer Name
		want  string
	}{
		{"no argument", func(p *programs) { p.withoutArgument = true }, KernelArgument,
			`/boot/grub/grub.cfg: | "Debian, with Xen" | no xen-pciback.hide`},
		{"too much for Xen", func(p *programs) { p.more = strings.Repeat("x", 1000) }, KernelArgument,
			`/boot/grub/grub.cfg: | "Debian, with Xen" | 1076 bytes | 1023 bytes`},
		{"no list", func(p *programs) { p.withoutList = true }, Initramfs,
			"/boot/initrd.img-" + release + " | /etc/xenpci/devices.toml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, p := debianWithPrograms(t)
			test.wrong(p)
			p.updateGRUB()
			before, made := m.tree(), m.made()
			err := m.set(p.run, 2, test.layer)
			if taken := (*change.TakenBackError)(nil); !errors.As(err, &taken) || taken.Undo != nil {
				t.Fatal(err)
			}
			hasFacts(t, err.Error(), test.want)
			m.isAs(before)
			if diff := cmp.Diff(made, m.made()); diff != "" {
				t.Errorf("made: %s", diff)
			}
		})
	}
}

// TestWriteFails has one file among others that cannot be written.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	h := m.look(p.run)
	setup, err := Prepare(t.Context(), h, listed(cards(h)), Names())
	if err != nil {
		t.Fatal(err)
	}
	m.spoil("/etc/udev")
	before := m.tree()
	err = setup.CarryOut(t.Context())
	if err == nil || !strings.Contains(err.Error(), "/etc/udev") {
		t.Error(err)
	}
	m.isAs(before)
}

// TestChangedMeanwhile keeps what somebody wrote after the changes were planned, or
// while a program ran.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	const theirs = "# theirs\n"
	t.Run("before it is written", func(t *testing.T) {
		m := newMachine(t, fedora())
		h := m.look(nil)
		setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{KernelArgument, Udev})
		if err != nil {
			t.Fatal(err)
		}
		m.write("/etc/default/grub", theirs)
		before := m.tree()
		var changed *change.ChangedError
		if err := setup.CarryOut(t.Context()); !errors.As(err, &changed) || changed.Path != "/etc/default/grub" {
			t.Error(err)
		}
		m.isAs(before)
	})
	t.Run("before it is taken back", func(t *testing.T) {
		m, p := debianWithPrograms(t)
		p.fail = func(call int) bool {
			m.write(optionsFile, theirs)
			return call == 1
		}
		err := m.set(p.run, 2, Modprobe)
		var taken *change.TakenBackError
		var changed *change.ChangedError
		if !errors.As(err, &taken) || !errors.As(taken.Undo, &changed) || changed.Path != optionsFile {
			t.Error(err)
		}
		if m.read(optionsFile) != theirs || m.fs.Exists(softdepFile) {
			t.Error("theirs is not as it was, or ours is there")
		}
	})
}

// TestNothingToDo reports what is wrong although there is nothing to write.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	if err := m.set(p.run, 2, Modprobe); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"/etc/modprobe.d/zz.conf": "options xen-pciback hide=(0000:00:04.0)\n", "/boot/initrd.img-" + release: newc(map[string]string{"conf/initramfs.conf": ""})}
	for name, content := range maps.All(files) {
		m.write(name, content)
	}
	p.calls = nil
	err := m.set(p.run, 2, Modprobe)
	if taken := (*change.TakenBackError)(nil); err == nil || errors.As(err, &taken) || len(p.calls) > 0 {
		t.Fatalf("%v %q", err, p.calls)
	}
	hasFacts(t, err.Error(), "/etc/modprobe.d/zz.conf:1: hide=(0000:00:04.0) | overrides | /etc/modprobe.d/xenpci.conf")
}

// TestEachChangedMeanwhile has somebody write each of the files that are to be changed, in turn,
// after the plan was made. Theirs stays, and everything else is as it was.
func TestEachChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine func() map[string]string
		layers  []Name
	}{
		{"Arch", arch, []Name{Initramfs, Modprobe, Udev, Service}},
		{"Arch of old", oldArch, []Name{Initramfs, Service}},
		{"xen.efi", efiXenMachine, []Name{KernelArgument, Service}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				m := newMachine(t, test.machine())
				h := m.look(nil)
				setup, err := Prepare(t.Context(), h, listed(cards(h)), test.layers)
				if err != nil {
					t.Fatal(err)
				}
				if n == len(setup.Changes) {
					break
				}
				if setup.Changes[n].New.Target != "" {
					continue // a link
				}
				m.write(setup.Changes[n].Path, "somebody's\n")
				before := m.tree()
				if err := setup.CarryOut(t.Context()); err == nil {
					t.Errorf("%s was overwritten", setup.Changes[n].Path)
				}
				m.isAs(before)
			}
		})
	}
}
