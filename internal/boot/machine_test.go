package boot

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

const (
	release  = "6.1.0-9-amd64"
	modalias = "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"
)

// machine is a file system that a test writes.
type machine struct {
	t    *testing.T
	root string
	fs   sysfs.FS
}

// newMachine writes files: content, "-> TARGET" for a link, and a directory where the
// name ends in a slash. Files in bin and sbin, and scripts, are executable.
func newMachine(t *testing.T, parts ...map[string]string) *machine {
	t.Helper()
	m := &machine{t: t, root: scratch.Dir(t)}
	m.fs = sysfs.New(m.root)
	for _, files := range parts {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			m.write(name, files[name])
		}
	}
	return m
}

func (m *machine) write(name, content string) {
	m.t.Helper()
	file := filepath.Join(m.root, name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	target, link := strings.CutPrefix(content, "-> ")
	switch {
	case err != nil:
	case strings.HasSuffix(name, "/"):
		err = os.MkdirAll(file, 0o755)
	case link:
		err = os.Symlink(target, file)
	default:
		mode := fs.FileMode(0o644)
		if strings.Contains(name, "bin/") || strings.HasPrefix(content, "#!") {
			mode = 0o755
		}
		err = os.WriteFile(file, []byte(content), mode)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	content, err := os.ReadFile(filepath.Join(m.root, name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(content)
}

// tree returns everything below the root: "mode content", or "-> TARGET". What
// generators make is left out.
func (m *machine) tree() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(m.root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(file, m.root)
		info, err := d.Info()
		switch {
		case err != nil:
		case d.IsDir():
			all[name+"/"] = info.Mode().String()
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(file)
			all[name] = "-> " + target
			return err
		case !strings.HasPrefix(name, "/boot/init"):
			if content := m.read(name); !strings.HasSuffix(name, "/grub.cfg") || !grub.Generated([]byte(content)) {
				all[name] = info.Mode().String() + " " + content
			}
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// written returns the files that are new in a tree, or have other content.
func written(before, after map[string]string) map[string]string {
	files := map[string]string{}
	for name, content := range after {
		if before[name] != content && !strings.HasSuffix(name, "/") && name != notes {
			files[name] = content
		}
	}
	return files
}

// look looks at the machine. run stands for its programs.
func (m *machine) look(run func(args ...string) error) *Host {
	m.t.Helper()
	h, notes := Look(m.t.Context(), m.fs)
	for _, note := range notes {
		m.t.Log(note)
	}
	if run != nil {
		h.Run = func(_ context.Context, _ time.Duration, args ...string) error { return run(args...) }
	}
	return h
}

// cards returns two devices of one driver.
func cards(h *Host) []Device {
	var devices []Device
	for _, slot := range []uint8{9, 10} {
		devices = append(devices, h.Device(pci.Device{Address: pci.Address{Slot: slot}, Vendor: 0x8086, Device: 0x100e, Modalias: modalias}))
	}
	return devices
}

// notes is where changes of files are noted.
const notes = "/var/lib/xenpci/notes"

// listed is a list of two devices, of which these are there.
func listed(devices []Device) List { return List{Devices: devices, Declared: 2} }

// set enables exactly these layers, for the first n cards.
func (m *machine) set(run func(args ...string) error, n int, layers ...Name) error {
	m.t.Helper()
	h := m.look(run)
	setup, err := Prepare(m.t.Context(), h, listed(cards(h)[:n]), layers)
	if err != nil {
		return err
	}
	return setup.CarryOut(m.t.Context())
}

func (m *machine) mustSet(run func(args ...string) error, n int, layers ...Name) {
	m.t.Helper()
	if err := m.set(run, n, layers...); err != nil {
		m.t.Fatal(err)
	}
}

// isAs fails the test unless the tree is that.
func (m *machine) isAs(want map[string]string) {
	m.t.Helper()
	if diff := cmp.Diff(want, m.tree()); diff != "" {
		m.t.Errorf("(-want +got):\n%s", diff)
	}
}

// newc returns an archive as cpio -H newc writes it. Content "-> TARGET" is a link.
func newc(files map[string]string) string {
	var out bytes.Buffer
	add := func(name, content string) {
		mode := 0o100644
		if target, link := strings.CutPrefix(content, "-> "); link {
			mode, content = 0o120777, target
		}
		fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			0, mode, 0, 0, 1, 0, len(content), 8, 1, 0, 0, len(name)+1, 0)
		out.WriteString(name + "\x00")
		out.Write(make([]byte, (4-out.Len()%4)%4))
		out.WriteString(content)
		out.Write(make([]byte, (4-out.Len()%4)%4))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		add(name, files[name])
	}
	add("TRAILER!!!", "")
	return out.String()
}

func (m *machine) remove(files map[string]string) {
	m.t.Helper()
	for name := range files {
		if err := os.Remove(filepath.Join(m.root, name)); err != nil {
			m.t.Fatal(err)
		}
	}
}

// haveFacts fails the test unless there is a text for each of want, which has its
// facts: "/etc/default/grub:2 | (0000:00:04.0)".
func haveFacts[T any](t *testing.T, texts []T, want []string) {
	t.Helper()
	if len(texts) != len(want) {
		t.Errorf("%d texts, want %d: %q", len(texts), len(want), fmt.Sprint(texts))
		return
	}
	for i, text := range texts {
		hasFacts(t, fmt.Sprint(text), want[i])
	}
}

func hasFacts(t *testing.T, text, want string) {
	t.Helper()
	for fact := range strings.SplitSeq(want, " | ") {
		if !strings.Contains(text, fact) {
			t.Errorf("%q does not have %q", text, fact)
		}
	}
}
