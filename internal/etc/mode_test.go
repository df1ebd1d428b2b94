package etc_test

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/etc"
)

func TestMode(t *testing.T) {
	f := tree(t, "etc/a = old")
	if err := os.Symlink("a", f.Path("/etc/link")); err != nil {
		t.Fatal(err)
	}
	if err := etc.SetMode(f, "/etc/link", 0o750); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"/etc/a": 0o750, "/etc/link": 0, "/etc": 0, "/etc/b": 0, "/none/a": 0} {
		if got := etc.Mode(f, name); got != want {
			t.Errorf("%s: %o, want %o", name, got, want)
		}
	}
	if err := etc.SetMode(f, "/etc/b", 0o755); !errors.Is(err, syscall.ENOENT) {
		t.Error(err)
	}
}

func TestRemoveFolder(t *testing.T) {
	f := tree(t, "etc/full/a = old", "etc/a = old")
	if err := errors.Join(os.Mkdir(f.Path("/etc/empty"), 0o755), os.Symlink("empty", f.Path("/etc/link"))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		want error
	}{
		{"/etc/full", syscall.ENOTEMPTY},
		{"/etc/a", syscall.ENOTDIR},
		{"/etc/link", syscall.ENOTDIR},
		{"/etc/none", syscall.ENOENT},
		{"/none/none", syscall.ENOENT},
		{"/etc/empty", nil},
		{"/etc/empty", syscall.ENOENT},
	} {
		if err := etc.RemoveFolder(f, test.name); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}
