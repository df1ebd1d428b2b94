package etc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestLink(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(t *testing.T, path string)
		fails  bool
	}{
		{name: "nothing is there"},
		{name: "the link is there", before: func(t *testing.T, path string) { ok(t, os.Symlink("/etc/init.d/xenpci", path)) }},
		{name: "another link is there", before: func(t *testing.T, path string) { ok(t, os.Symlink("/dev/null", path)) }},
		{name: "a file is there", before: func(t *testing.T, path string) { ok(t, os.WriteFile(path, []byte("x"), 0o600)) }},
		{name: "a folder is there", before: func(t *testing.T, path string) { ok(t, os.Mkdir(path, 0o755)) }, fails: true},
		{name: "what a killed process left is there", before: func(t *testing.T, path string) {
			ok(t, os.Symlink("/nowhere", filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".xenpci")))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			path := filepath.Join(root, "etc/runlevels/sysinit/xenpci")
			if test.before != nil {
				ok(t, os.MkdirAll(filepath.Dir(path), 0o755))
				test.before(t, path)
			}
			err := etc.Link(sysfs.New(root), "/etc/runlevels/sysinit/xenpci", "/etc/init.d/xenpci")
			if test.fails {
				if err == nil {
					t.Error("the folder is replaced")
				}
				return
			}
			ok(t, err)
			target, err := os.Readlink(path)
			ok(t, err)
			entries, err := os.ReadDir(filepath.Dir(path))
			ok(t, err)
			if diff := cmp.Diff([]any{"/etc/init.d/xenpci", 1}, []any{target, len(entries)}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestBackup asks for what a file was before xenpci came.
func TestBackup(t *testing.T) {
	root := t.TempDir()
	f := sysfs.New(root)
	ok(t, os.MkdirAll(filepath.Join(root, "boot/grub"), 0o755))
	ok(t, os.WriteFile(filepath.Join(root, "boot/grub/grub.conf"), []byte("theirs"), 0o600))
	ok(t, os.Symlink("grub.conf", filepath.Join(root, "boot/grub/menu.lst")))
	was := func() (text string) {
		content, exists, err := etc.Backup(f, "/boot/grub/menu.lst")
		ok(t, err)
		if !exists {
			return "nothing"
		}
		return string(content)
	}
	got := []string{was()}
	for _, content := range []string{"ours", "ours again", "theirs"} {
		ok(t, etc.Replace(f, "/boot/grub/menu.lst", []byte(content), etc.Options{}))
		got = append(got, was())
	}
	if diff := cmp.Diff([]string{"nothing", "theirs", "theirs", "nothing"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
