//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// carried are the mounts that go along to another root.
var carried = []string{"/proc", "/sys", "/dev", "/run"}

// liveOn makes a mounted file system the root of all of dom0, of its first
// process too, for the rest of the test. It gets xenpci, busybox, the lists of
// the kernel's modules and pci.ids.
func liveOn(t *testing.T, place string) {
	t.Helper()
	must(t, "modprobe", "xen-pciback") // the other root has no program for that
	modules, _ := filepath.Glob("/usr/lib/modules/*/modules.*")
	for _, name := range append(modules, "/usr/bin/busybox", "/usr/bin/xenpci", "/usr/share/misc/pci.ids") {
		copyTo(t, place, name)
	}
	for _, folder := range append([]string{"/old", "/tmp"}, carried...) {
		if err := os.MkdirAll(place+folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	applets, _ := filepath.Glob("/usr/bin/*")
	for _, link := range append([]string{"/bin", "/sbin", "/lib"}, applets...) {
		if target, err := os.Readlink(link); err == nil && (strings.HasSuffix(target, "busybox") || filepath.Dir(link) == "/") {
			if err := os.Symlink(target, place+link); err != nil {
				t.Fatal(err)
			}
		}
	}
	pivot(t, place, place+"/old", "", place)
	t.Cleanup(func() { pivot(t, "/old", "/old"+place, "", "/old") })
}

// pivot makes the file system at place the root, and puts the root at old; the
// mounts below from go below to.
func pivot(t *testing.T, place, old, from, to string) {
	t.Helper()
	for _, folder := range carried {
		if err := syscall.Mount(from+folder, to+folder, "", syscall.MS_MOVE, ""); err != nil {
			t.Fatalf("%s%s to %s%[2]s: %v", from, folder, to, err)
		}
	}
	if err := syscall.PivotRoot(place, old); err != nil {
		t.Fatalf("the root to %s: %v", place, err)
	}
	if err := os.Chdir("/"); err != nil {
		t.Fatal(err)
	}
}

// copyTo copies a file to the same place below root.
func copyTo(t *testing.T, root, name string) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(root+name), 0o755)
	}
	if err == nil {
		err = os.WriteFile(root+name, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
