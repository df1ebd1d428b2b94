package console_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/console"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// host returns what Prepare works on. Its update-grub has a shell read the settings, and makes
// grub.cfg as 00_header and 20_linux_xen do.
func host(t *testing.T, f sysfs.FS) *boot.Host {
	t.Helper()
	h, err := boot.LookAtLoader(f)
	if err != nil {
		t.Fatal(err)
	}
	h.Run = func(ctx context.Context, _ time.Duration, _ ...string) error {
		const script = `. "$0/etc/default/grub"; for x in "$0"/etc/default/grub.d/*.cfg; do test ! -e "$x" || test -z "$1" || . "$x"; done
GRUB_TERMINAL_INPUT=${GRUB_TERMINAL:-$GRUB_TERMINAL_INPUT} GRUB_TERMINAL_OUTPUT=${GRUB_TERMINAL:-$GRUB_TERMINAL_OUTPUT}
case "$GRUB_TERMINAL_INPUT $GRUB_TERMINAL_OUTPUT" in *serial*) echo "${GRUB_SERIAL_COMMAND:-serial}";; esac
test -z "$GRUB_TERMINAL_INPUT" || echo "terminal_input $GRUB_TERMINAL_INPUT"
test -z "$GRUB_TERMINAL_OUTPUT" || echo "terminal_output $GRUB_TERMINAL_OUTPUT"
printf '%s\n' "--" "$GRUB_CMDLINE_XEN $GRUB_CMDLINE_XEN_DEFAULT" "${GRUB_CMDLINE_LINUX_XEN_REPLACE:-$GRUB_CMDLINE_LINUX} ${GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT:-$GRUB_CMDLINE_LINUX_DEFAULT}"`
		dropIns := ""
		if h.Loader.DropIn {
			dropIns = "yes"
		}
		out, err := exec.CommandContext(ctx, "sh", "-c", script, f.Root(), dropIns).Output()
		if err != nil {
			return err
		}
		header, lines, _ := strings.Cut(string(out), "--\n")
		xen, dom0, _ := strings.Cut(strings.TrimSuffix(lines, "\n"), "\n")
		return os.WriteFile(f.Path(h.Loader.Config), []byte(grubConfig(header, xen, dom0)), 0o644)
	}
	if h.Loader.Generated {
		if err := h.Run(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// tree returns the files below a root, but for what xenpci keeps for itself.
func tree(t *testing.T, f sysfs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(f.Root(), func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, f.Root())
		if err != nil || d.IsDir() || strings.HasPrefix(name, "/var/lib/xenpci") {
			return err
		}
		if target, err := os.Readlink(path); err == nil {
			files[name] = "-> " + target
			return nil
		}
		content, err := os.ReadFile(path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changed returns the files that differ, as they are now.
func changed(before, now map[string]string) map[string]string {
	files := map[string]string{}
	for name, content := range now {
		if old, ok := before[name]; !ok || old != content {
			files[name] = content
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			files[name] = "(gone)"
		}
	}
	return files
}

// carryOut carries out a plan.
func carryOut(t *testing.T, s console.Setup) error {
	t.Helper()
	return s.CarryOut(t.Context(), func(_ bool, err error) error { return err })
}

// words are what xenpci's file or block of words has.
const words = "# Written by xenpci host set. 'xenpci host unset' takes words out again.\n"

// dropIns is Debian's grub-mkconfig, which reads files of settings.
var dropIns = files{"/usr/sbin/grub-mkconfig": "#!/bin/sh\nfor x in ${sysconfdir}/default/grub.d/*.cfg; do . \"$x\"; done\n", "/etc/default/grub.d/a.cfg": "# nothing\n"}

// TestSetup sets up the console of hosts, does so again, and takes it away: the bytes are those
// that there were.
func TestSetup(t *testing.T) {
	t.Parallel()
	settings := func(text string) files { return files{"/etc/default/grub": text} }
	inittab := files{"/sbin/init": "x", "/etc/inittab": "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n", "/sbin/getty": "x", "/lib/systemd/systemd": "", "/lib/systemd/system-generators/systemd-getty-generator": ""}
	const consoleMark = "# Written by xenpci host console. 'xenpci host console --remove' removes it.\n"
	for _, test := range []struct {
		name  string
		files []files
		want  map[string]string // that changes, but for grub.cfg
		left  []console.Name
	}{
		{
			"Debian 12 without a serial console", []files{debian12(), dropIns, settings("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"), {"/etc/securetty": "tty1"}},
			map[string]string{
				"/etc/default/grub.d/xenpci-arguments.cfg": words + "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN com1=115200,8n1 console=com1,vga\"\n" +
					"GRUB_CMDLINE_LINUX_XEN_REPLACE=\"${GRUB_CMDLINE_LINUX_XEN_REPLACE:-$GRUB_CMDLINE_LINUX} console=tty0 console=hvc0\"\n",
				"/etc/default/grub.d/xenpci-console.cfg": consoleMark + "GRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\"\n",
				"/etc/securetty":                         "tty1\n# BEGIN xenpci console (the newline above is xenpci's)\nhvc0\n# END xenpci console\n",
			}, nil,
		},
		{
			"with other consoles and another speed", []files{debian12(), dropIns, settings("GRUB_CMDLINE_LINUX=\"console=hvc0 console=tty0\"\nGRUB_CMDLINE_XEN=\"console=vga com1=9600,8n1,0x3f8,4\"\nGRUB_TERMINAL_OUTPUT=gfxterm\n")},
			map[string]string{
				"/etc/default/grub.d/xenpci-arguments.cfg": words + "GRUB_CMDLINE_XEN=\"console=com1,vga com1=115200,8n1,0x3f8,4\"\nGRUB_CMDLINE_LINUX_XEN_REPLACE=\"console=tty0 console=hvc0\"\n",
				"/etc/default/grub.d/xenpci-console.cfg":   consoleMark + "GRUB_TERMINAL_INPUT=\"console serial\"\nGRUB_TERMINAL_OUTPUT=\"gfxterm serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\"\n",
			}, nil,
		},
		{
			"Fedora's settings, sysvinit", []files{debian12(), settings("GRUB_TERMINAL=\"serial\"\nGRUB_CMDLINE_LINUX=\"console=tty0\""), inittab},
			map[string]string{
				"/etc/default/grub": "GRUB_TERMINAL=\"serial\"\nGRUB_CMDLINE_LINUX=\"console=tty0\"\n# BEGIN xenpci words (the newline above is xenpci's)\n" +
					"GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN com1=115200,8n1 console=com1,vga\"\nGRUB_CMDLINE_LINUX_XEN_REPLACE=\"${GRUB_CMDLINE_LINUX_XEN_REPLACE:-$GRUB_CMDLINE_LINUX} console=hvc0\"\n# END xenpci words\n" +
					"# BEGIN xenpci console\nGRUB_TERMINAL=\"serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\"\n# END xenpci console\n",
				"/etc/inittab": "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n# BEGIN xenpci console\nh0:2345:respawn:/sbin/getty -L 115200 hvc0 vt102\n# END xenpci console\n",
			}, nil,
		},
		{
			"only the login is missing", []files{debian12(), inittab, {"/etc/inittab": "h0:3:off:x\nid:2:initdefault:\n"}},
			map[string]string{"/etc/inittab": "h0:3:off:x\nid:2:initdefault:\n# BEGIN xenpci console\nh1:2345:respawn:/sbin/getty -L 115200 hvc0 vt102\n# END xenpci console\n"}, nil,
		},
		{
			"upstart of /etc/init", []files{debian12(), inittab, {"/etc/inittab": "", "/etc/init/rc-sysinit.conf": "start on filesystem\nexec /x\n"}},
			map[string]string{"/etc/init/hvc0.conf": consoleMark + "start on stopped rc RUNLEVEL=[2345]\nstop on runlevel [!2345]\nrespawn\nexec /sbin/getty -L 115200 hvc0 vt102\n"}, nil,
		},
		{
			"upstart of /etc/event.d", []files{debian12(), inittab, {"/etc/inittab": "", "/etc/event.d/rc2": "start on runlevel 2\nexec /etc/init.d/rc 2\n"}},
			map[string]string{"/etc/event.d/hvc0": consoleMark + "start on stopped rc2\nstart on stopped rc3\nstart on stopped rc4\nstart on stopped rc5\nstop on runlevel 0\nstop on runlevel 1\nstop on runlevel 6\nrespawn\nexec /sbin/getty -L 115200 hvc0 vt102\n"}, nil,
		},
		{"busybox and OpenRC", []files{debian12(), inittab, {"/sbin/init": "-> /bin/busybox", "/run/openrc/softlevel": "default\n", "/etc/inittab": "::sysinit:/sbin/openrc sysinit\n"}},
			map[string]string{"/etc/inittab": "::sysinit:/sbin/openrc sysinit\n# BEGIN xenpci console\nhvc0::respawn:/sbin/getty -L 115200 hvc0 vt102\n# END xenpci console\n"}, nil},
		{
			"GRUB legacy and sysvinit", []files{inittab, {"/boot/grub/menu.lst": menuList("default 0\n", "console=vga", "console=tty0")}},
			map[string]string{
				"/boot/grub/menu.lst": "default 0\n# BEGIN xenpci console\nserial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\nterminal --timeout=10 serial console\n# END xenpci console\n" +
					menuList("", "console=com1,vga com1=115200,8n1", "console=tty0 console=hvc0"),
				"/etc/inittab": "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n# BEGIN xenpci console\nh0:2345:respawn:/sbin/getty -L 115200 hvc0 vt102\n# END xenpci console\n",
			}, nil,
		},
		{
			"a grub.cfg that no program makes", []files{systemd, {"/boot/grub/grub.cfg": "set default=0\nmenuentry 'xe' {\n\tmultiboot2 /boot/xen.gz dom0_mem=1G\n\tmodule2 /boot/vmlinuz root=/dev/sda1 ro\n}\n"}},
			map[string]string{
				"/boot/grub/grub.cfg": "set default=0\n# BEGIN xenpci console\nserial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\nterminal_input serial console\nterminal_output serial console\n# END xenpci console\n" +
					"menuentry 'xe' {\n\tmultiboot2 /boot/xen.gz dom0_mem=1G com1=115200,8n1 console=com1,vga\n\tmodule2 /boot/vmlinuz root=/dev/sda1 ro console=tty0 console=hvc0\n}\n",
			}, nil,
		},
		{"a unit that was masked", []files{debian12(), {"/etc/systemd/system/serial-getty@hvc0.service": "-> /dev/null"}}, map[string]string{}, []console.Name{console.Getty}},
		{"all of it is there", []files{debian12()}, map[string]string{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := plant(t, test.files...)
			h := host(t, f)
			before := tree(t, f)
			s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200})
			if err != nil {
				t.Fatal(err)
			}
			var left []console.Name
			for _, l := range s.Left {
				left = append(left, l.Name)
			}
			if diff := cmp.Diff(test.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if err := carryOut(t, s); err != nil {
				t.Fatal(err)
			}
			files := changed(before, tree(t, f))
			if h.Loader.Generated {
				delete(files, h.Loader.Config)
			}
			if diff := cmp.Diff(test.want, files); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			chain := console.Read(f, hostboot.ReadNext(f), console.Asked{Err: os.ErrNotExist})
			for _, l := range chain.Links[1:] {
				if l.State != console.Holds && !slices.Contains(test.left, l.Name) {
					t.Errorf("%+v", l)
				}
			}
			if again, err := console.Prepare(t.Context(), host(t, f), console.Wanted{Port: "com1", Speed: 115200}); err != nil || !again.Nothing() {
				t.Errorf("again: %v\n%s", err, again.Diff())
			}
			back, err := console.Remove(t.Context(), host(t, f))
			if err == nil {
				err = carryOut(t, back)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, tree(t, f)); diff != "" {
				t.Errorf("taken away (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetupAgain moves the console to the other port.
func TestSetupAgain(t *testing.T) {
	t.Parallel()
	f := plant(t, debian12(), dropIns, files{"/etc/default/grub": "GRUB_CMDLINE_XEN=\"loglvl=all\"\n"})
	h := host(t, f)
	before := tree(t, f)
	for _, w := range []console.Wanted{{"com2", 57600}, {"com1", 9600}} {
		s, err := console.Prepare(t.Context(), h, w)
		if err == nil {
			err = carryOut(t, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	next := hostboot.ReadNext(f)
	if diff := cmp.Diff([]string{"placeholder", "loglvl=all", "console=com1,vga", "com1=9600,8n1"}, next.XenLine.Texts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s, err := console.Remove(t.Context(), h)
	if err == nil {
		err = carryOut(t, s)
	}
	if diff := cmp.Diff(before, tree(t, f)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestSetupKilled has a run that was killed after some of its writes, and before it ran the generator:
// the next one completes it, and taking it away gives back the bytes.
func TestSetupKilled(t *testing.T) {
	t.Parallel()
	const words = "GRUB_CMDLINE_LINUX=\"console=tty0 console=hvc0\"\nGRUB_CMDLINE_XEN=\"com1=115200,8n1 console=com1\"\n"
	for _, test := range []struct {
		settings string
		written  int
	}{{"GRUB_CMDLINE_XEN=\"loglvl=all\"\n", 1}, {"GRUB_CMDLINE_XEN=\"loglvl=all\"\n", 2}, {"GRUB_CMDLINE_XEN=\"loglvl=all\"\n", 3}, {words, 1}, {words, 2}} {
		t.Run(fmt.Sprintf("%.17s after %d writes", test.settings, test.written), func(t *testing.T) {
			t.Parallel()
			f := plant(t, debian12(), dropIns, files{"/etc/default/grub": test.settings, "/etc/securetty": "tty1\n"})
			h := host(t, f)
			before := tree(t, f)
			prepare := func() console.Setup {
				s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			killed := prepare()
			part := change.Plan{Changes: killed.Changes[:test.written]}
			if err := part.CarryOut(t.Context(), change.Host{FS: f}); err != nil {
				t.Fatal(err)
			}
			if err := carryOut(t, prepare()); err != nil {
				t.Fatal(err)
			}
			if again := prepare(); !again.Nothing() {
				t.Errorf("again:\n%s", again.Diff())
			}
			s, err := console.Remove(t.Context(), h)
			if err == nil {
				err = carryOut(t, s)
			}
			if diff := cmp.Diff(before, tree(t, f)); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestRemoveKilled has a run that was killed after some of its writes while it took the console away, and
// before it ran the generator: the next one completes it, and a third has nothing to do.
func TestRemoveKilled(t *testing.T) {
	t.Parallel()
	for _, settings := range []string{"GRUB_CMDLINE_XEN=\"loglvl=all\"\n", "GRUB_CMDLINE_LINUX=\"console=tty0 console=hvc0\"\nGRUB_CMDLINE_XEN=\"com1=115200,8n1 console=com1\"\n"} {
		for written := range 4 {
			t.Run(fmt.Sprintf("%.17s after %d writes", settings, written), func(t *testing.T) {
				t.Parallel()
				f := plant(t, debian12(), dropIns, files{"/etc/default/grub": settings, "/etc/securetty": "tty1\n"})
				h := host(t, f)
				before := tree(t, f)
				s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200})
				if err == nil {
					err = carryOut(t, s)
				}
				if err != nil {
					t.Fatal(err)
				}
				remove := func() console.Setup {
					s, err := console.Remove(t.Context(), h)
					if err != nil {
						t.Fatal(err)
					}
					return s
				}
				killed := remove()
				part := change.Plan{Changes: killed.Changes[:min(written, len(killed.Changes))]}
				if err := part.CarryOut(t.Context(), change.Host{FS: f}); err != nil {
					t.Fatal(err)
				}
				err = carryOut(t, remove())
				if diff := cmp.Diff(before, tree(t, f)); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				if again := remove(); !again.Nothing() {
					t.Errorf("again: %v\n%s", again.Commands, again.Diff())
				}
			})
		}
	}
}

// TestSetupUnfinished has the console taken away, which is killed while it writes one of the files: setting
// it up again, which changes nothing, removes what that left.
func TestSetupUnfinished(t *testing.T) {
	t.Parallel()
	inittab := files{"/sbin/init": "x", "/etc/inittab": "id:2:initdefault:\n", "/sbin/getty": "x"}
	f := plant(t, debian12(), dropIns, inittab, files{"/etc/default/grub": "GRUB_CMDLINE_XEN=\"loglvl=all\"\n", "/etc/securetty": "tty1\n"})
	h := host(t, f)
	again := func() {
		s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200})
		if err == nil {
			err = carryOut(t, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	again()
	set := tree(t, f)
	for _, name := range []string{"/etc/securetty", "/etc/inittab", "/etc/default/grub.d/xenpci-console.cfg", "/etc/default/grub.d/xenpci-arguments.cfg"} {
		if _, there := set[name]; !there {
			t.Errorf("%s is not there", name)
		}
		if err := os.WriteFile(f.Path(etc.Unfinished(name)), []byte("tt"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again()
	if diff := cmp.Diff(set, tree(t, f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSetupTakenBack has the generator fail, and other settings replace xenpci's: everything is as
// it was.
func TestSetupTakenBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		fail       bool
		want       string
	}{
		{"the generator fails", "", true, "no space left"},
		{"a later file has the words", "GRUB_CMDLINE_XEN=\"console=vga\"\n", false, "does not have"},
		{"a later file has the terminal", "GRUB_TERMINAL=console\n", false, "boot_loader"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			more := files{"/etc/default/grub": "GRUB_CMDLINE_XEN=\"loglvl=all\"\n", "/etc/securetty": "tty1\n"}
			if test.file != "" {
				more["/etc/default/grub.d/zz.cfg"] = test.file
			}
			f := plant(t, debian12(), dropIns, more)
			h := host(t, f)
			before := tree(t, f)
			if test.fail {
				run := h.Run
				h.Run = func(context.Context, time.Duration, ...string) error {
					h.Run = run
					return errors.New("update-grub: no space left")
				}
			}
			s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200})
			if err != nil {
				t.Fatal(err)
			}
			err = carryOut(t, s)
			var back *change.TakenBackError
			if !errors.As(err, &back) || back.Undo != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(before, tree(t, f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetupRefused has hosts whose lines xenpci does not write.
func TestSetupRefused(t *testing.T) {
	t.Parallel()
	for name, host := range map[string][]files{
		"nothing boots":         nil,
		"Linux boots":           {debian12(), {"/boot/grub/grub.cfg": "menuentry 'Debian' {\n\tlinux /boot/vmlinuz root=/dev/sda1\n}\n"}},
		"settings by a program": {debian12(), {"/etc/default/grub": "GRUB_CMDLINE_XEN=$(x)\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plant(t, host...)
			before := tree(t, f)
			h, err := boot.LookAtLoader(f)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := console.Prepare(t.Context(), h, console.Wanted{Port: "com1", Speed: 115200}); err == nil {
				t.Errorf("%s", s.Diff())
			}
			if diff := cmp.Diff(before, tree(t, f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
