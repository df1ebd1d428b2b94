package trial

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/test/scratch"
)

const release = "6.1.0-50-amd64"

// header is what grub-mkconfig's 00_header writes about what boots.
const header = `### BEGIN /etc/grub.d/00_header ###
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="Debian GNU/Linux, with Xen hypervisor"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
    save_env saved_entry
  fi
}
### END /etc/grub.d/00_header ###

`

// linux and xen are what 10_linux and 20_linux_xen write.
const linux = `### BEGIN /etc/grub.d/10_linux ###
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1ab0' {
	linux	/boot/vmlinuz-` + release + ` root=UUID=1ab0 ro
	initrd	/boot/initrd.img-` + release + `
}
### END /etc/grub.d/10_linux ###

`

const xen = `### BEGIN /etc/grub.d/20_linux_xen ###
menuentry 'Debian GNU/Linux, with Xen hypervisor' --class debian --class xen $menuentry_id_option 'xen-gnulinux-simple-1ab0' {
	savedefault
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
	multiboot2	/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G noreboot ${xen_rm_opts}
	echo	'Loading Linux ` + release + ` ...'
	module2	/boot/vmlinuz-` + release + ` placeholder root=UUID=1ab0 ro quiet console=tty0 dyndbg="file a.c +p"
	echo	'Loading initial ramdisk ...'
	module2	--nounzip   /boot/initrd.img-` + release + `
}
### END /etc/grub.d/20_linux_xen ###

`

const grubConfig = "/boot/grub/grub.cfg"

// machine is a tree of files with a boot loader, and the programs of the system.
type machine struct {
	t    *testing.T
	fs   sysfs.FS
	runs int // of update-grub
	fail int // which of them fails, from 1

	spoil func(*machine) // what somebody does when the first of them has run

	hides bool // it is a trial that hides devices, and not one of smt=off

	armed    time.Duration // of Xen's watchdog; 0 if it is not armed
	rebooted int           // how often it was asked for what reboots at once
}

// debian is a machine as Debian installs it.
func debian(t *testing.T, more ...map[string]string) *machine {
	t.Helper()
	m := &machine{t: t, fs: sysfs.New(scratch.Dir(t))}
	files := map[string]string{
		"/boot/grub/grub.cfg": "", "/boot/grub/grubenv": string(block("")),
		"/boot/xen-4.17-amd64.gz": "x", "/boot/vmlinuz-" + release: "k", "/boot/initrd.img-" + release: image(t, "scripts/init-top/ORDER"),
		"/etc/default/grub": "GRUB_DEFAULT=0\n", "/etc/default/grub.d/xen.cfg": "GRUB_CMDLINE_XEN=\"dom0_mem=1G,max:1G noreboot\"\n",
		"/usr/sbin/update-grub": "#!/bin/sh\n", "/usr/sbin/grub-mkconfig": "#!/bin/sh\n. /etc/default/grub.d\n", "/etc/grub.d/20_linux_xen": "#!/bin/sh\n",
		"/lib/modules/" + release + "/modules.dep":                                   "kernel/drivers/xen/xen-privcmd.ko: kernel/lib/b.ko kernel/lib/a.ko\nkernel/lib/a.ko:\nkernel/lib/b.ko: kernel/lib/a.ko\nkernel/drivers/xen/xen-pciback/xen-pciback.ko: kernel/lib/a.ko\n",
		"/lib/modules/" + release + "/modules.builtin":                               "",
		"/lib/modules/" + release + "/kernel/drivers/xen/xen-pciback/xen-pciback.ko": "pciback",
		"/lib/modules/" + release + "/kernel/drivers/xen/xen-privcmd.ko":             "privcmd", "/lib/modules/" + release + "/kernel/lib/a.ko": "a", "/lib/modules/" + release + "/kernel/lib/b.ko": "b",
		brand.Program:          "program",
		"/proc/self/mountinfo": "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n", "/proc/cmdline": "placeholder root=UUID=1ab0 ro quiet\n",
		"/proc/sys/kernel/random/boot_id": "first\n", "/proc/uptime": "100.50 200.00\n",
		"/sys/dev/block/254:1": "-> ../../devices/pci0000:00/0000:00:02.0/virtio0/block/vda/vda1",
	}
	for _, some := range more {
		for name, content := range some {
			files[name] = content
		}
	}
	for name, content := range files {
		m.write(name, content)
	}
	if files[grubConfig] == "" {
		m.generate()
	}
	m.runs = 0
	return m
}

// block is a grubenv with these lines.
func block(lines string) []byte {
	text := "# GRUB Environment Block\n" + lines
	return []byte(text + strings.Repeat("#", envSize-len(text)))
}

// image is an initramfs image with one file.
func image(t *testing.T, name string) string {
	t.Helper()
	files := []initramfs.Added{{Name: name, Mode: 0o644, Content: []byte("/scripts/init-top/udev \"$@\"\n")}}
	if name == orderFile {
		files = append(files, initramfs.Added{Name: "conf/initramfs.conf", Mode: 0o644})
	}
	archive, _, err := (&initramfs.Image{}).Archive(files)
	if err != nil {
		t.Fatal(err)
	}
	return string(archive)
}

func (m *machine) write(name, content string) {
	m.t.Helper()
	file := m.fs.Path(name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if target, link := strings.CutPrefix(content, "-> "); link {
		err = errors.Join(err, os.Symlink(target, file))
	} else {
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(content, "#!") {
			mode = 0o755
		}
		err = errors.Join(err, os.WriteFile(file, []byte(content), mode))
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	content, err := os.ReadFile(m.fs.Path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(content)
}

// generate makes grub.cfg as update-grub does: it runs xenpci's script.
func (m *machine) generate() {
	m.t.Helper()
	text := "#\n# DO NOT EDIT THIS FILE\n#\n# It is automatically generated by grub-mkconfig\n\n" + header + linux + strings.ReplaceAll(xen, "dom0_mem=1G", m.memory())
	if info, err := os.Stat(m.fs.Path(Script)); err == nil && info.Mode()&0o100 != 0 {
		// Not by its name: a process that another test starts may still have it open for writing.
		out, err := exec.Command("sh", m.fs.Path(Script)).Output()
		if err != nil {
			m.t.Fatal(err)
		}
		text += "### BEGIN " + Script + " ###\n" + string(out) + "### END " + Script + " ###\n"
	}
	m.write(grubConfig, text)
}

// memory is the setting that the entry with Xen is made from.
func (m *machine) memory() string {
	if _, after, ok := strings.Cut(m.read("/etc/default/grub"), "MEMORY="); ok {
		return strings.TrimSpace(after)
	}
	return "dom0_mem=1G"
}

// host is what a trial is prepared on.
func (m *machine) host() *boot.Host {
	m.t.Helper()
	loader, err := boot.FindLoader(m.fs)
	if err != nil {
		m.t.Fatal(err)
	}
	return &boot.Host{FS: m.fs, Loader: loader, Program: brand.Program, Run: func(context.Context, time.Duration, ...string) error {
		if m.runs++; m.runs == m.fail {
			return errors.New("the generator failed")
		}
		m.generate()
		if m.spoil != nil && m.runs == 1 {
			m.spoil(m)
		}
		return nil
	}}
}

// request is what is tried.
func (m *machine) request() Request {
	if m.hides {
		return hiding09
	}
	return Request{ID: "one", Xen: []string{"smt=off"}, Minutes: 10}
}

// prepare prepares a trial.
func (m *machine) prepare() error {
	m.t.Helper()
	s, err := Prepare(m.t.Context(), m.host(), m.request())
	if err != nil {
		return err
	}
	return s.CarryOut(m.t.Context())
}

func (m *machine) undo() error {
	m.t.Helper()
	u, err := PrepareUndo(m.host())
	if err != nil {
		return err
	}
	return u.CarryOut(m.t.Context())
}

// undoneTo takes the trial back, after which the tree has to be what it was before.
func (m *machine) undoneTo(before map[string]string) {
	m.t.Helper()
	if err := m.undo(); err != nil {
		m.t.Fatal(err)
	}
	m.isAs(before)
}

// restart has GRUB boot what is next: it empties next_entry.
func (m *machine) restart(boot string) {
	m.t.Helper()
	command := "placeholder root=UUID=1ab0 ro quiet\n"
	e, err := readEnv(m.fs, grubConfig)
	if err != nil {
		m.t.Fatal(err)
	}
	if next, _ := e.next(); next == EntryID {
		command = "placeholder root=UUID=1ab0 ro quiet xenpci.trial=one panic=10\n"
		m.write("/boot/grub/grubenv", strings.Replace(string(e.content), "next_entry="+EntryID, "next_entry=", 1)+strings.Repeat("#", len(EntryID)))
	}
	m.write("/proc/cmdline", command)
	m.write("/proc/sys/kernel/random/boot_id", boot+"\n")
}

// state returns the state of the trial; "" if there is none.
func (m *machine) state() State {
	m.t.Helper()
	t, _, err := Look(m.fs)
	if err != nil {
		m.t.Fatal(err)
	}
	return t.State
}

// tree returns all files with their contents.
func (m *machine) tree() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(m.fs.Root(), func(file string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(file, m.fs.Root())
		switch {
		case err != nil || strings.HasPrefix(name, "/proc") || strings.HasPrefix(name, "/run"):
		case d.IsDir():
			all[name+"/"] = ""
		case d.Type().IsRegular():
			all[name] = m.read(name)
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// isAs compares all files with those of a tree.
func (m *machine) isAs(want map[string]string) {
	m.t.Helper()
	if diff := cmp.Diff(want, m.tree()); diff != "" {
		m.t.Errorf("(-want +got):\n%s", diff)
	}
}

// ArmWatchdog, DisarmWatchdog and Close make the machine the Xen that runs it.
func (m *machine) ArmWatchdog(after time.Duration) (hypervisor.Watchdog, error) {
	if after < time.Second {
		m.rebooted++
	}
	m.armed = after
	return hypervisor.ParseWatchdog("1")
}

func (m *machine) DisarmWatchdog(w hypervisor.Watchdog) error {
	if w.String() != "1" {
		m.rebooted++
	}
	if m.armed == 0 {
		return hypervisor.ErrNotArmed
	}
	m.armed = 0
	return nil
}

func (m *machine) Close() error { return nil }

func (m *machine) open(sysfs.FS) (hypervisor.Watchdogs, error) { return m, nil }

func (m *machine) remove(name string) {
	m.t.Helper()
	if err := os.Remove(m.fs.Path(name)); err != nil {
		m.t.Fatal(err)
	}
}
