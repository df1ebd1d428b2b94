package trial

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// wantEntry is the entry of a trial of smt=off.
const wantEntry = `menuentry 'Debian GNU/Linux, with Xen hypervisor, tried once by xenpci (one)' --class xen --id xenpci-trial {
	true
	insmod ext2
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1 1ab0
	else
	  search --no-floppy --fs-uuid --set=root 1ab0
	fi
	echo	'Loading Xen 4.17-amd64 ...'
        if [ "$grub_platform" = "pc" -o "$grub_platform" = "" ]; then
            xen_rm_opts=
        else
            xen_rm_opts="no-real-mode edd=off"
        fi
	load_env
	if [ -n "${next_entry}" ]; then
	echo 'GRUB cannot write to grubenv, and boots the old line.'
	multiboot2	/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G noreboot ${xen_rm_opts}
	echo	'Loading Linux 6.1.0-50-amd64 ...'
	module2	/boot/vmlinuz-6.1.0-50-amd64 placeholder root=UUID=1ab0 ro quiet console=tty0 dyndbg="file a.c +p"
	echo	'Loading initial ramdisk ...'
	module2	--nounzip   /boot/initrd.img-6.1.0-50-amd64
	else
	multiboot2 /boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G ${xen_rm_opts} smt=off
	echo	'Loading Linux 6.1.0-50-amd64 ...'
	module2 /boot/vmlinuz-6.1.0-50-amd64 placeholder root=UUID=1ab0 ro quiet console=tty0 'dyndbg=file a.c +p' xenpci.trial=one panic=10
	echo	'Loading initial ramdisk ...'
	module2 --nounzip ${prefix}/xenpci-trial.img
	fi
}
`

// TestPrepare prepares a trial, lets it boot, come back, and takes it back.
func TestPrepare(t *testing.T) {
	t.Parallel()
	m := debian(t)
	before := m.tree()
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	content := m.read(grubConfig)
	config, err := grub.ParseConfig([]byte(content), map[string]string{nextEntry: EntryID})
	if err != nil {
		t.Fatal(err)
	}
	entry, err := config.DefaultEntry()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantEntry, content[entry.Start:entry.End]+"\n"); diff != "" {
		t.Errorf("the entry (-want +got):\n%s", diff)
	}
	if fallback := "if [ \"${default}\" = xenpci-trial ]; then\n\tset fallback=1\nfi\nmenuentry "; !strings.Contains(content, fallback) {
		t.Error("GRUB stops if it cannot load the files of the trial")
	}
	if got := m.read("/boot/grub/grubenv"); got != string(block("next_entry=xenpci-trial\n")) {
		t.Errorf("grubenv: %q", got)
	}
	if m.state() != Prepared {
		t.Errorf("it is %q", m.state())
	}
	next := hostboot.ReadNext(m.fs)
	if got := []string{next.XenLine.Text, next.Initrds[0].Name}; !next.Xen || next.Err != nil || got[0] != "placeholder dom0_mem=1G,max:1G ${xen_rm_opts} smt=off" || got[1] != "/boot/grub/xenpci-trial.img" {
		t.Errorf("what boots next: %v, %v", got, next.Err)
	}
	m.restart("second")
	if m.state() != Running {
		t.Errorf("it is %q", m.state())
	}
	m.restart("third")
	if m.state() != Unconfirmed {
		t.Errorf("it is %q", m.state())
	}
	m.undoneTo(before)
	if m.state() != "" {
		t.Errorf("it is %q", m.state())
	}
	var refused *RefusedError
	if err := m.undo(); !errors.As(err, &refused) || refused.Why != NoTrial {
		t.Errorf("undone twice: %v", err)
	}
}

// TestOthersRead has GRUB and shellcheck read what was written.
func TestOthersRead(t *testing.T) {
	t.Parallel()
	m := debian(t)
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	for program, file := range map[string]string{"grub-script-check": grubConfig, "shellcheck": Script} {
		t.Run(program, func(t *testing.T) {
			check, err := exec.LookPath(program)
			if err != nil {
				t.Skipf("%v (test/packages.txt names what the tests need)", err)
			}
			if out, err := exec.Command(check, m.fs.Path(file)).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestImage looks at what the initramfs of a trial has beside the usual one.
func TestImage(t *testing.T) {
	t.Parallel()
	for maker, want := range map[string]string{
		"scripts/init-top/ORDER":       "scripts/init-top/ORDER",
		"lib/dracut/hooks/cmdline/one": "lib/dracut/hooks/cmdline/00-xenpci-trial.sh",
	} {
		m := debian(t, map[string]string{"/boot/initrd.img-" + release: image(t, maker), "/lib/modules/" + release + "/kernel/lib/a.ko": packed(t, "a")})
		if err := m.prepare(); err != nil {
			t.Fatalf("%s: %v", maker, err)
		}
		read, err := initramfs.Read(t.Context(), m.fs, "/boot/grub/xenpci-trial.img", "xenpci/*", "xenpci/modules/*", "lib/dracut/hooks/cmdline/*")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, name := range []string{minutesFile, programFile, moduleFolder + "/00.ko", moduleFolder + "/01.ko", moduleFolder + "/02.ko"} {
			content, _ := read.File(name)
			got[name] = string(content)
		}
		all := map[string]string{minutesFile: "10\n", programFile: "program", moduleFolder + "/00.ko": "a", moduleFolder + "/01.ko": "b", moduleFolder + "/02.ko": "privcmd"}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", maker, diff)
		}
		if content, _ := read.File(want); !strings.Contains(string(content), "/"+armFile) {
			t.Errorf("%s: %q", want, content)
		}
	}
}

// packed is a module that is compressed.
func packed(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRefused is about machines that would not come back, and about words.
func TestRefused(t *testing.T) {
	t.Parallel()
	mounted := func(line string) map[string]string { return map[string]string{"/proc/self/mountinfo": line} }
	entry := func(old, fresh string) map[string]string {
		return map[string]string{grubConfig: "# It is automatically generated by grub-mkconfig\n" + header + linux + strings.Replace(xen, old, fresh, 1)}
	}
	smt := Request{ID: "one", Xen: []string{"smt=off"}, Minutes: 10}
	for _, test := range []struct {
		name    string
		files   map[string]string
		request Request
		want    Why
	}{
		{"btrfs", mounted("22 1 0:21 / / rw - btrfs /dev/vda1 rw\n"), smt, Unwritable},
		{"zfs", mounted("22 1 0:21 / / rw - zfs rpool/ROOT rw\n"), smt, Unwritable},
		{"boot on zfs", mounted("22 1 254:1 / / rw - ext4 /dev/vda1 rw\n23 22 0:22 / /boot rw - zfs bpool rw\n"), smt, Unwritable},
		{"data=journal", mounted("22 1 254:1 / / rw - ext4 /dev/vda1 rw,data=journal\n"), smt, Unwritable},
		{"LVM", map[string]string{"/sys/dev/block/253:0": "-> ../../devices/virtual/block/dm-0", "/proc/self/mountinfo": "22 1 253:0 / / rw - ext4 /dev/mapper/a-b rw\n"}, smt, Unwritable},
		{"an array", map[string]string{"/sys/dev/block/9:0": "-> ../../devices/virtual/block/md0", "/proc/self/mountinfo": "22 1 9:0 / / rw - ext4 /dev/md0 rw\n"}, smt, Unwritable},
		{"a loop", map[string]string{"/sys/dev/block/7:0": "-> ../../devices/virtual/block/loop0", "/proc/self/mountinfo": "22 1 7:0 / / rw - ext4 /dev/loop0 rw\n"}, smt, Unwritable},
		{"an unknown device", mounted("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"), smt, Unwritable},
		{"no grubenv", map[string]string{"/boot/grub/grubenv": "-> absent"}, smt, NoEnv},
		{"a grubenv of another size", map[string]string{"/boot/grub/grubenv": "# GRUB Environment Block\n###"}, smt, NoEnv},
		{"chosen", map[string]string{"/boot/grub/grubenv": string(block("next_entry=Windows\n"))}, smt, Chosen},
		{"a grub.cfg without next_entry", map[string]string{grubConfig: "# It is automatically generated by grub-mkconfig\nset default=1\n" + linux + xen}, smt, NoNextEntry},
		{"a next_entry that stays", map[string]string{grubConfig: "# It is automatically generated by grub-mkconfig\n" + strings.Replace(header, "save_env next_entry", "true", 1) + linux + xen}, smt, NoNextEntry},
		{"a grub.cfg by hand", map[string]string{grubConfig: strings.ReplaceAll(header+linux+xen, "###", "#")}, smt, ByHand},
		{"Linux without Xen", map[string]string{grubConfig: "# It is automatically generated by grub-mkconfig\n" + strings.Replace(header, ", with Xen hypervisor", "", 1) + linux + xen}, smt, NotXen},
		{"GRUB legacy", map[string]string{grubConfig: "-> absent", "/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz ro\n"}, smt, OtherLoader},
		{"loads under a condition", entry("multiboot2	", "if [ $a ]; then true; fi\n	if [ $grub_b ]; then set c=d; multiboot2	/boot/xen.gz; fi\n	multiboot2	"), smt, OtherEntry},
		{"two initramfs images", entry("module2	--nounzip", "module2 /boot/ucode.img\n	module2	--nounzip"), smt, OtherEntry},
		{"no initramfs", entry("module2	--nounzip", "true"), smt, OtherEntry},
		{"an entry for a user", entry("--class debian --class xen", "--users root"), smt, OtherEntry},
		{"an unknown initramfs", map[string]string{"/boot/initrd.img-" + release: ""}, smt, OtherImage},
		{"an initramfs of another tool", map[string]string{"/boot/initrd.img-" + release: image(t, "etc/booster.init.yaml")}, smt, OtherImage},
		{"no module for hypercalls", map[string]string{"/lib/modules/" + release + "/modules.dep": "kernel/a.ko:\n"}, smt, NoHypercalls},
		{"no pciback", map[string]string{"/lib/modules/" + release + "/modules.dep": "kernel/drivers/xen/xen-privcmd.ko:\n"}, hiding09, NoPciback},
		{"noreboot", nil, Request{ID: "one", Xen: []string{"noreboot"}, Minutes: 1}, NothingToTry},
		{"noreboot=1", nil, Request{ID: "one", Xen: []string{"noreboot=1"}, Minutes: 1}, NoReboot},
		{"reboot=no", nil, Request{ID: "one", Xen: []string{"reboot=no"}, Minutes: 1}, NoReboot},
		{"what is there", nil, Request{ID: "one", Dom0: []string{"quiet"}, Minutes: 1}, NothingToTry},
		{"a blank", nil, Request{ID: "one", Dom0: []string{"a b"}, Minutes: 1}, BadWord},
		{"a variable", nil, Request{ID: "one", Dom0: []string{"${a}"}, Minutes: 1}, BadWord},
		{"a quote", nil, Request{ID: "one", Dom0: []string{"a='b"}, Minutes: 1}, BadWord},
		{"a newline", nil, Request{ID: "one", Xen: []string{"a\nXENPCI"}, Minutes: 1}, BadWord},
		{"xenpci's own", nil, Request{ID: "one", Dom0: []string{"xenpci.trial=two"}, Minutes: 1}, BadWord},
		{"too long a word", nil, Request{ID: "one", Xen: []string{strings.Repeat("a", 128)}, Minutes: 1}, BadWord},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := debian(t, test.files)
			before := m.tree()
			_, err := Prepare(t.Context(), m.host(), test.request)
			var refused *RefusedError
			switch {
			case err == nil:
				t.Fatal("it was not refused")
			case errors.As(err, &refused) && refused.Why != test.want, !errors.As(err, &refused) && test.want != "":
				t.Errorf("%v; want %s", err, test.want)
			}
			m.isAs(before)
		})
	}
}

// TestTaken has a trial in the way of another.
func TestTaken(t *testing.T) {
	t.Parallel()
	m := debian(t)
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	before := m.tree()
	var refused *RefusedError
	if err := m.prepare(); !errors.As(err, &refused) || refused.Why != AlreadyThere {
		t.Errorf("%v", err)
	}
	m.isAs(before)
}

// TestEmptyNextEntry has an empty next_entry in grubenv, as GRUB leaves it: it stays.
func TestEmptyNextEntry(t *testing.T) {
	t.Parallel()
	m := debian(t, map[string]string{"/boot/grub/grubenv": string(block("next_entry=\nsaved_entry=0\n"))})
	before := m.tree()
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	m.restart("second")
	m.restart("third")
	m.undoneTo(before)
}

// TestGeneratorFails takes everything back where the generator fails, or makes another default
// entry of settings that were changed since.
func TestGeneratorFails(t *testing.T) {
	t.Parallel()
	m := debian(t)
	before := m.tree()
	m.fail = 1
	if err := m.prepare(); err == nil || !strings.Contains(err.Error(), "the generator failed; all changes were taken back") {
		t.Errorf("%v", err)
	}
	m.isAs(before)

	m = debian(t)
	m.write("/etc/default/grub", "GRUB_DEFAULT=0\nMEMORY=dom0_mem=2G\n")
	var refused *RefusedError
	if err := m.prepare(); !errors.As(err, &refused) || refused.Why != DefaultOther {
		t.Errorf("%v", err)
	}
	if m.state() != "" || m.fs.Exists("/boot/grub/xenpci-trial.img") {
		t.Errorf("it is %q", m.state())
	}
}

// TestEveryWriteFails has each write of a trial fail in turn: everything is as it was before.
func TestEveryWriteFails(t *testing.T) {
	t.Parallel()
	for _, inTheWay := range []string{
		"/boot/grub/.xenpci-trial.img.xenpci/x", "/var/lib/xenpci/trial/.record.json.xenpci/x", "/var/lib/xenpci/.notes.xenpci/x", "/etc/grub.d/.42_xenpci.xenpci/x",
	} {
		for _, hides := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %t", inTheWay, hides), func(t *testing.T) {
				t.Parallel()
				m := debian(t, map[string]string{inTheWay: ""})
				m.hides = hides
				before := m.tree()
				if err := m.prepare(); err == nil {
					t.Fatal("it was prepared")
				}
				m.isAs(before)
			})
		}
	}
	for name, spoil := range map[string]func(m *machine){
		"grubenv is cut":            func(m *machine) { m.write("/boot/grub/grubenv", "# GRUB Environment Block\n") },
		"grub.cfg has another form": func(m *machine) { m.write(grubConfig, strings.ReplaceAll(m.read(grubConfig), "smt=off", "smt=on")) },
		"grub.cfg loses the entry":  func(m *machine) { m.write(grubConfig, strings.ReplaceAll(m.read(grubConfig), "--id xenpci-trial", "")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := debian(t)
			m.spoil = spoil
			before := m.tree()
			if err := m.prepare(); err == nil || m.state() != "" {
				t.Fatalf("%v; it is %q", err, m.state())
			}
			if name == "grubenv is cut" {
				m.write("/boot/grub/grubenv", string(block("")))
			}
			m.isAs(before)
		})
	}
}

// TestUndoFails has the generator fail when a trial is taken back: nothing boots it any more, and
// the next undo completes it.
func TestUndoFails(t *testing.T) {
	t.Parallel()
	m := debian(t)
	before := m.tree()
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	m.fail = m.runs + 1
	if err := m.undo(); err == nil {
		t.Fatal("it was undone")
	}
	if m.state() != Incomplete {
		t.Errorf("it is %q", m.state())
	}
	if m.restart("second"); m.state() != Incomplete {
		t.Errorf("after a restart it is %q", m.state())
	}
	m.undoneTo(before)
}

// TestConfirmable confirms in the boot of the trial alone, and only while the settings are as
// they were.
func TestConfirmable(t *testing.T) {
	t.Parallel()
	m := debian(t)
	why := func() Why {
		_, err := Confirmable(m.fs, m.host().Loader)
		var refused *RefusedError
		errors.As(err, &refused)
		if err == nil {
			return ""
		}
		return refused.Why
	}
	if why() != NoTrial {
		t.Error(why())
	}
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	if why() != NotRunning {
		t.Error(why())
	}
	m.restart("second")
	if why() != "" {
		t.Error(why())
	}
	m.write("/etc/default/grub.d/new.cfg", "A=1\n")
	m.write("/etc/default/grub", "GRUB_DEFAULT=1\n")
	_, err := Confirmable(m.fs, m.host().Loader)
	if why() != SettingsOther || !strings.Contains(err.Error(), "/etc/default/grub, /etc/default/grub.d/new.cfg") {
		t.Error(err)
	}
	m.restart("third")
	if why() != NotRunning {
		t.Error(why())
	}
}

// TestArm arms the watchdog in the boot of the trial, tells how long it is until it restarts the
// machine, and disarms it.
func TestArm(t *testing.T) {
	t.Parallel()
	m := debian(t)
	if _, err := Arm(m.fs, m.open); err == nil || m.armed != 0 {
		t.Errorf("no trial: %v", err)
	}
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	m.restart("second")
	m.write("/dev/xen/privcmd", "")
	m.write("/"+minutesFile, "10\n")
	armed, err := Arm(m.fs, m.open)
	if diff := cmp.Diff(Armed{ID: "one", Watchdog: "1", Minutes: 10, Uptime: 100}, armed); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if m.armed != 10*time.Minute {
		t.Errorf("armed for %v", m.armed)
	}
	m.write("/proc/uptime", "160.75 1.00\n")
	if trial, _, err := Look(m.fs); err != nil || trial.Left != 9*time.Minute {
		t.Errorf("%v left, %v", trial.Left, err)
	}
	running, _, err := Look(m.fs)
	if err != nil {
		t.Fatal(err)
	}
	if err := Confirm(m.fs, running, m.open); err != nil || m.armed != 0 {
		t.Errorf("%v: %v", m.armed, err)
	}
	confirmed, _, err := Look(m.fs)
	if err != nil || confirmed.State != Confirmed {
		t.Errorf("it is %q, %v", confirmed.State, err)
	}
	if err := Confirm(m.fs, confirmed, m.open); err != nil {
		t.Errorf("confirmed again: %v", err)
	}
	if m.restart("third"); m.state() != Confirmed {
		t.Errorf("it is %q", m.state())
	}
	if _, err := Confirmable(m.fs, m.host().Loader); err != nil {
		t.Error(err)
	}
	m.write("/proc/cmdline", "xenpci.trial=one\n")
	for _, text := range []string{"", "0\n", "-1\n", "1441\n", "ten\n"} {
		m.write("/"+minutesFile, text)
		if _, err := Arm(m.fs, m.open); err == nil {
			t.Errorf("%q minutes", text)
		}
	}
	m.write(runFile, `{"id":"one","watchdog":"0"}`)
	if err := Confirm(m.fs, running, m.open); err == nil || m.rebooted != 0 || m.armed != 0 {
		t.Errorf("%v: %d", err, m.rebooted)
	}
}

// TestUndoneWhileItRuns takes a trial back in its own boot: it is told that the machine restarts.
func TestUndoneWhileItRuns(t *testing.T) {
	t.Parallel()
	m := debian(t)
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	m.restart("second")
	m.write(runFile, `{"id":"one","watchdog":"1","minutes":10,"uptime":100}`)
	m.armed = 10 * time.Minute
	if err := m.undo(); err != nil || m.armed == 0 {
		t.Fatalf("%v, armed for %v", err, m.armed)
	}
	trial, _, err := Look(m.fs)
	if err != nil || trial.State != TakenBack || trial.Left != 10*time.Minute {
		t.Errorf("it is %q, %v left, %v", trial.State, trial.Left, err)
	}
	var refused *RefusedError
	if err := m.prepare(); !errors.As(err, &refused) || refused.Why != AlreadyThere {
		t.Errorf("another: %v", err)
	}
	if err := m.undo(); !errors.As(err, &refused) || refused.Why != NoTrial {
		t.Errorf("undone twice: %v", err)
	}
}

// TestInterrupted leaves at each step what a power cut leaves there. The trial is told to be
// incomplete, and undo removes what is left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	before := debian(t).tree()
	for _, gone := range [][]string{
		nil, {"next_entry"}, {"next_entry", grubConfig}, {"next_entry", grubConfig, Script}, {"next_entry", grubConfig, Script, RecordFile}, {"next_entry", Script}, {"next_entry", Script, RecordFile},
		{"next_entry", RecordFile},
	} {
		for _, hides := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %t", strings.Join(gone, " "), hides), func(t *testing.T) {
				t.Parallel()
				m := debian(t)
				m.hides = hides
				if err := m.prepare(); err != nil {
					t.Fatal(err)
				}
				for _, what := range gone {
					switch what {
					case "next_entry":
						m.write("/boot/grub/grubenv", string(block("")))
					case grubConfig:
						m.write(grubConfig, before[grubConfig])
					default:
						m.remove(what)
					}
				}
				if want := map[bool]State{true: Prepared, false: Incomplete}[len(gone) == 0]; m.state() != want {
					t.Errorf("it is %q, not %q", m.state(), want)
				}
				m.undoneTo(before)
			})
		}
	}
}
