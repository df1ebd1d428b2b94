package etc_test

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
)

func TestReplace(t *testing.T) {
	for _, test := range []struct {
		name    string
		files   []string
		path    string
		options etc.Options
		want    []string
		err     string
	}{
		{
			"a file that is not xenpci's", []string{"etc/a = old"}, "/etc/a", etc.Options{},
			[]string{"etc/a = new", "var/lib/xenpci/backup/etc/a = old"}, "",
		},
		{
			"a file of our own", []string{"etc/a = old"}, "/etc/a", etc.Options{NoBackup: true, Mode: 0o600},
			[]string{"etc/a = new"}, "",
		},
		{"a new file", []string{"etc/"}, "/etc/a", etc.Options{}, []string{"etc/a 0644 = new"}, ""},
		{"a new file with a mode", []string{"etc/"}, "/etc/a", etc.Options{Mode: 0o755}, []string{"etc/a 0755 = new"}, ""},
		{"new folders", nil, "/etc/xenpci/devices.d/a", etc.Options{}, []string{"etc/xenpci/devices.d/a 0644 = new"}, ""},
		{
			"links", []string{"boot/grub/grub.conf = old", "boot/grub/menu.lst -> ./grub.conf", "etc/grub.conf -> ../boot/grub/menu.lst"},
			"/etc/grub.conf", etc.Options{},
			[]string{
				"boot/grub/grub.conf = new", "boot/grub/menu.lst -> ./grub.conf", "etc/grub.conf -> ../boot/grub/menu.lst",
				"var/lib/xenpci/backup/boot/grub/grub.conf = old",
			}, "",
		},
		{
			"a link from the root", []string{"srv/a = old", "etc/a -> /srv/a"}, "/etc/a", etc.Options{NoBackup: true},
			[]string{"etc/a -> /srv/a", "srv/a = new"}, "",
		},
		{
			"a link to no file", []string{"srv/", "etc/a -> /srv/a"}, "/etc/a", etc.Options{},
			[]string{"etc/a -> /srv/a", "srv/a 0644 = new"}, "",
		},
		{
			"a link to no folder", []string{"etc/a -> /mnt/a"}, "/etc/a", etc.Options{},
			[]string{"etc/a -> /mnt/a"}, "/etc/a: readlink: is a link into a folder that does not exist; is its file system mounted?",
		},
		{
			"a link that switches off", []string{"etc/a -> /dev/null"}, "/etc/a", etc.Options{},
			[]string{"etc/a -> /dev/null"}, "/etc/a: replace: is a link to /dev/null, which disables it; remove the link to enable it",
		},
		{
			"the backups are elsewhere", []string{"etc/a = old", "srv/state/", "var/lib/xenpci -> /srv/state"}, "/etc/a", etc.Options{},
			[]string{"etc/a = new", "srv/state/backup/etc/a = old", "var/lib/xenpci -> /srv/state"}, "",
		},
		{
			"an older backup", []string{"etc/a = old", "var/lib/xenpci/backup/etc/a = oldest"}, "/etc/a", etc.Options{},
			[]string{"etc/a = new", "var/lib/xenpci/backup/etc/a = oldest"}, "",
		},
		{
			"back to what it was", []string{"etc/a = old", "var/lib/xenpci/backup/etc/a = new", "var/lib/xenpci/backup/etc/b = b"},
			"/etc/a", etc.Options{}, []string{"etc/a = new", "var/lib/xenpci/backup/etc/b = b"}, "",
		},
		{
			"is so already, and was", []string{"etc/a = new", "var/lib/xenpci/backup/etc/a = new"}, "/etc/a", etc.Options{},
			[]string{"etc/a = new", "var/lib/xenpci/"}, "",
		},
		{
			"what a killed process left", []string{"etc/a = old", "etc/.a.xenpci = ne"}, "/etc/a", etc.Options{NoBackup: true},
			[]string{"etc/a = new"}, "",
		},
		{
			"a folder", []string{"etc/a/"}, "/etc/a", etc.Options{},
			[]string{"etc/a/"}, "/etc/a: open: is not a regular file (d---------)",
		},
		{
			"below a file", []string{"etc/a = old"}, "/etc/a/b", etc.Options{},
			[]string{"etc/a = old"}, "/etc/a/b: readlink: not a directory (ENOTDIR)",
		},
		{
			"no place for the backup", []string{"etc/a = old", "var/lib = a file"}, "/etc/a", etc.Options{},
			[]string{"etc/a = old", "var/lib = a file"}, "/var/lib/xenpci: readlink: not a directory (ENOTDIR)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := tree(t, test.files...)
			message := ""
			if err := etc.Replace(f, test.path, []byte("new"), test.options); err != nil {
				message = err.Error()
			}
			if message != test.err {
				t.Errorf("%q, want %q", message, test.err)
			}
			if diff := cmp.Diff(test.want, outline(t, f.Path(""))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReplaceSame does not touch a file that is as wanted.
func TestReplaceSame(t *testing.T) {
	f := tree(t, "etc/a = same")
	before := stat(t, f.Path("/etc/a"))
	if err := etc.Replace(f, "/etc/a", []byte("same"), etc.Options{}); err != nil {
		t.Fatal(err)
	}
	if after := stat(t, f.Path("/etc/a")); after.Ino != before.Ino {
		t.Error("another file has its name")
	}
	if diff := cmp.Diff([]string{"etc/a = same"}, outline(t, f.Path(""))); diff != "" {
		t.Error(diff)
	}
}

// TestReplaceThereAndBack leaves nothing of two edits, whatever was edited.
func TestReplaceThereAndBack(t *testing.T) {
	f := tree(t, "etc/a = first", "etc/l -> a")
	before := outline(t, f.Path(""))
	for _, content := range []string{"second", "third", "first"} {
		if err := etc.Replace(f, "/etc/l", []byte(content), etc.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(f.Path("/var/lib/xenpci")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(before, "var/lib/"), outline(t, f.Path(""))); diff != "" {
		t.Error(diff)
	}
}

// TestBackupIsRoots checks that only root can read backups, which may have passwords of boot
// loaders.
func TestBackupIsRoots(t *testing.T) {
	f := tree(t, "etc/default/grub = old")
	defer syscall.Umask(syscall.Umask(0))
	if err := etc.Replace(f, "/etc/default/grub", []byte("new"), etc.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{"": 0o700, "/etc": 0o700, "/etc/default": 0o700, "/etc/default/grub": 0o640, "/..": 0o755} {
		if mode := stat(t, f.Path(etc.BackupDir+name)).Mode & 0o7777; mode != want {
			t.Errorf("%s: %04o, want %04o", name, mode, want)
		}
	}
}

// TestReplaceUmask makes files with the mode that is wanted, not less.
func TestReplaceUmask(t *testing.T) {
	f := tree(t)
	defer syscall.Umask(syscall.Umask(0o077))
	if err := etc.Replace(f, "/etc/xenpci/a", []byte("new"), etc.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{"/etc/xenpci/a": 0o644, "/etc/xenpci": 0o755} {
		if mode := stat(t, f.Path(name)).Mode & 0o7777; mode != want {
			t.Errorf("%s: %04o, want %04o", name, mode, want)
		}
	}
}

func TestReplaceTooLarge(t *testing.T) {
	f := tree(t, "etc/a = old")
	err := etc.Replace(f, "/etc/a", make([]byte, etc.Limit+1), etc.Options{})
	if err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]string{"etc/a = old"}, outline(t, f.Path(""))); diff != "" {
		t.Error(diff)
	}
}

// TestReplaceTogether has many write one file: it is always one of theirs.
func TestReplaceTogether(t *testing.T) {
	f := tree(t, "etc/a = old")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			content := strings.Repeat(string(rune('a'+i)), 1<<16)
			if err := etc.Replace(f, "/etc/a", []byte(content), etc.Options{NoBackup: true}); err != nil {
				t.Error(err)
			}
			got, _, err := etc.Read(f, "/etc/a")
			if err != nil || len(got) != 1<<16 || strings.Trim(string(got), string(got[:1])) != "" {
				t.Errorf("%d bytes of several kinds, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if lines := outline(t, f.Path("")); len(lines) != 1 {
		t.Errorf("%d files stay", len(lines))
	}
}

func stat(t *testing.T, name string) (st syscall.Stat_t) {
	t.Helper()
	if err := syscall.Stat(name, &st); err != nil {
		t.Fatal(err)
	}
	return st
}
