package sysfs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestMap wants from Map what Read gives.
func TestMap(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<12) // 64 KiB
	_, f := tree(t, map[string]string{"lib/short": "a", "lib/empty": "", "lib/long": long})
	for _, test := range []struct {
		name  string
		limit int
	}{
		{"/lib/short", 1 << 20},
		{"/lib/empty", 1 << 20},
		{"/lib/long", 1 << 20},
		{"/lib/long", len(long)},
		{"/lib/long", 5000},
		{"/lib/long", 0},
		{"/lib", 1 << 20},
		{"/lib/none", 1 << 20},
		{"/lib/short/below", 1 << 20},
	} {
		want, wantErr := f.Read(test.name, test.limit)
		got, unmap, err := f.Map(test.name, test.limit)
		if string(got) != string(want) || !cmp.Equal(err, wantErr) {
			t.Errorf("%s, at most %d: %d bytes, %v; want %d, %v", test.name, test.limit, len(got), err, len(want), wantErr)
		}
		unmap()
	}
	// It says of itself that it has no bytes.
	version, unmap, err := sysfs.FS{}.Map("/proc/version", 1<<20)
	if err != nil || !strings.HasPrefix(string(version), "Linux version") {
		t.Errorf("/proc/version: %q, %v", version, err)
	}
	unmap()
}

// TestMapReplaced replaces a mapped file as depmod and dpkg do.
func TestMapReplaced(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<12)
	root, f := tree(t, map[string]string{"lib/index": long, "lib/index.new": "short"})
	got, unmap, err := f.Map("/lib/index", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer unmap()
	if err := os.Rename(filepath.Join(root, "lib/index.new"), filepath.Join(root, "lib/index")); err != nil {
		t.Fatal(err)
	}
	if string(got) != long {
		t.Error("the mapping changed with the file's name")
	}
	if now, err := f.Read("/lib/index", 1<<20); string(now) != "short" || err != nil {
		t.Errorf("%q, %v", now, err)
	}
}

// TestMapLeavesNothingOpen maps and unmaps more often than a process may have
// files open.
func TestMapLeavesNothingOpen(t *testing.T) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	few := syscall.Rlimit{Cur: 64, Max: files.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files) })
	_, f := tree(t, map[string]string{"lib/index": "content"})
	for range 2 * few.Cur {
		content, unmap, err := f.Map("/lib/index", 1<<20)
		if err != nil || string(content) != "content" {
			t.Fatalf("%q, %v", content, err)
		}
		unmap()
		if _, _, err := f.Map("/lib", 1); !errors.Is(err, syscall.EISDIR) {
			t.Fatal(err)
		}
	}
}
