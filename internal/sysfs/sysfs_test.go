package sysfs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// tree makes a root with these files.
func tree(t *testing.T, files map[string]string) (root string, f sysfs.FS) {
	t.Helper()
	root = t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, sysfs.New(root)
}

func TestNew(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		root, path string
		real       bool
	}{
		{"", "/sys", true},
		{"/", "/sys", true},
		{"/tree", "/tree/sys", false},
		{"/tree/", "/tree/sys", false},
		{"tree", wd + "/tree/sys", false},
		{"./tree/../tree", wd + "/tree/sys", false},
	} {
		f := sysfs.New(test.root)
		if f.Path("/sys") != test.path || f.Real() != test.real {
			t.Errorf("%q: %s, real %v", test.root, f.Path("/sys"), f.Real())
		}
	}
}

func TestRead(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<12) // 64 KiB
	_, f := tree(t, map[string]string{"sys/short": "0x8086\n", "sys/empty": "", "sys/long": long})
	for _, test := range []struct {
		name  string
		limit int
		want  string
	}{
		{"/sys/short", sysfs.AttributeLimit, "0x8086\n"},
		{"/sys/short", 3, "0x8"},
		{"/sys/empty", sysfs.AttributeLimit, ""},
		{"/sys/long", 1 << 20, long},
		{"/sys/long", len(long), long},
		{"/sys/long", 5000, long[:5000]},
	} {
		got, err := f.Read(test.name, test.limit)
		if err != nil || string(got) != test.want {
			t.Errorf("%s, at most %d: %d bytes, %v; want %d", test.name, test.limit, len(got), err, len(test.want))
		}
	}
	// Files of /proc do not say how long they are.
	status, err := sysfs.FS{}.Read("/proc/self/status", 1<<20)
	if err != nil || !strings.HasPrefix(string(status), "Name:") || !strings.HasSuffix(string(status), "\n") {
		t.Errorf("/proc/self/status: %q, %v", status, err)
	}
	_, err = f.Read("/sys/none", 1)
	if want := "/sys/none: open: no such file or directory (ENOENT)"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) || !sysfs.IsNotExist(err) {
		t.Errorf("%v: not fs.ErrNotExist", err)
	}
	if _, err := f.Read("/sys", 1); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory: %v", err)
	}
}

func TestAttribute(t *testing.T) {
	_, f := tree(t, map[string]string{"sys/class": "0x020000\n", "sys/two": "a\nb\n"})
	for name, want := range map[string]string{"/sys/class": "0x020000", "/sys/two": "a\nb"} {
		if got, err := f.Attribute(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := f.Attribute("/sys/class/below"); !sysfs.IsNotExist(err) {
		t.Errorf("below a file: %v", err)
	}
}

// TestWrite wants a write that neither creates nor truncates.
func TestWrite(t *testing.T) {
	root, f := tree(t, map[string]string{"sys/bind": "0123456789"})
	if err := f.Write("/sys/bind", "abc"); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.Attribute("/sys/bind"); got != "abc3456789" {
		t.Errorf("truncated: %q", got)
	}
	err := f.Write("/sys/none", "0000:00:09.0\n")
	want := sysfs.AttrError{Op: "open", Path: "/sys/none", Value: "0000:00:09.0\n", Err: syscall.ENOENT}
	var got *sysfs.AttrError
	if !errors.As(err, &got) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
	if text := `/sys/none: open "0000:00:09.0": no such file or directory (ENOENT)`; err.Error() != text {
		t.Errorf("%v, want %s", err, text)
	}
	if _, err := os.Lstat(filepath.Join(root, "sys/none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("created: %v", err)
	}
	if err := (sysfs.FS{}).Write("/dev/full", "x"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a write that the kernel refuses: %v", err)
	}
}

func TestLinksAndLists(t *testing.T) {
	root, f := tree(t, map[string]string{"sys/drivers/e1000/bind": ""})
	if err := os.Symlink("../drivers/e1000", filepath.Join(root, "sys", "driver")); err != nil {
		t.Fatal(err)
	}
	if target, err := f.Readlink("/sys/driver"); err != nil || target != "../drivers/e1000" {
		t.Errorf("%q, %v", target, err)
	}
	if _, err := f.Readlink("/sys/drivers"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("no link: %v", err)
	}
	if names, err := f.List("/sys/drivers"); err != nil || !cmp.Equal(names, []string{"e1000"}) {
		t.Errorf("%v, %v", names, err)
	}
	if _, err := f.List("/sys/none"); !sysfs.IsNotExist(err) {
		t.Errorf("%v", err)
	}
	if !f.Exists("/sys/drivers") || f.Exists("/sys/none") {
		t.Error("exists")
	}
}

// TestEntries wants types and no more than asked for, and follows no link.
func TestEntries(t *testing.T) {
	root, f := tree(t, map[string]string{"sys/drivers/bind": "", "sys/drivers/e1000/new_id": ""})
	for link, target := range map[string]string{"sys/drivers/link": "bind", "sys/elsewhere": "drivers"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := f.Entries("/sys/drivers", 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	for _, e := range entries {
		got[e.Name()] = e.Type()
	}
	if diff := cmp.Diff(map[string]fs.FileMode{"bind": 0, "e1000": fs.ModeDir, "link": fs.ModeSymlink}, got); diff != "" {
		t.Error(diff)
	}
	if some, err := f.Entries("/sys/drivers", 2); len(some) != 2 || err != nil {
		t.Errorf("%v, %v", some, err)
	}
	if none, err := f.Entries("/sys/drivers/e1000", 1); len(none) != 1 || err != nil {
		t.Errorf("%v, %v", none, err)
	}
	if _, err := f.Entries("/sys/elsewhere", 1); !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a link: %v", err)
	}
	if _, err := f.Entries("/sys/none", 1); !sysfs.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
