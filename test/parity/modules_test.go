package parity

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/test/mounts"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// moduleIndexes makes modules and their indexes for the kernel that runs, since
// lspci knows no other.
func moduleIndexes(t *testing.T, seed uint64) (root string) {
	t.Helper()
	if os.Geteuid() != 0 {
		leaveOut(t, "not as root, and lspci shows the modules of this machine")
		return ""
	}
	if _, err := exec.LookPath("depmod"); err != nil {
		leaveOut(t, "no depmod (Debian: apt install kmod)")
		return ""
	}
	root = scratch.Dir(t) // as the trees are: their files are links to these
	if err := pcitree.WriteModules(root, runningRelease(t), seed); err != nil {
		t.Fatal(err)
	}
	return root
}

// leaveOut says why the modules' lines are not compared. Where a change is
// judged they must be.
func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Error("the modules' lines are not compared: " + why)
		return
	}
	t.Log("the modules' lines are not compared: " + why)
}

func runningRelease(t *testing.T) string {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(release))
}

// install gives the tree the modules below indexes, and makes them those of
// this machine for all programs that the calling goroutine starts: its thread
// gets mounts of its own, and goes when the test ends.
func (c *comparison) install(t *testing.T, indexes string) {
	t.Helper()
	if indexes == "" {
		return
	}
	linkFiles(t, indexes, c.root, "/lib/modules/"+runningRelease(t))
	linkFiles(t, indexes, c.root, "/etc/modprobe.d")
	if err := os.MkdirAll(c.root+"/proc/sys/kernel", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.root+"/proc/sys/kernel/osrelease", []byte(runningRelease(t)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := mounts.Own(); err != nil {
		leaveOut(t, err.Error())
		return
	}
	mountOver(t, c.root+"/lib/modules", "/lib/modules")
	mountOver(t, c.root+"/etc/modprobe.d", "/etc/modprobe.d")
	c.modules = true
}

// linkFiles gives one root the files that another has in a folder, without the
// folders there.
func linkFiles(t *testing.T, from, to, dir string) {
	t.Helper()
	entries, err := os.ReadDir(from + dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to+dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if err := os.Link(from+dir+"/"+e.Name(), to+dir+"/"+e.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// mountOver makes a folder of this machine the one in the tree.
func mountOver(t *testing.T, from, to string) {
	t.Helper()
	layer := t.TempDir()
	t.Cleanup(func() { mounts.Release(layer) })
	if err := mounts.Over(from, to, layer); err != nil {
		t.Fatal(err)
	}
}
