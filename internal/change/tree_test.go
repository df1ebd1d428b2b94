package change

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// machine is a file system that a test writes.
type machine struct {
	t  *testing.T
	fs sysfs.FS
}

// newMachine writes files, by name and content in turn. "-> TARGET" is a link.
func newMachine(t *testing.T, files ...string) *machine {
	t.Helper()
	m := &machine{t, sysfs.New(t.TempDir())}
	m.write("/var/lib/dpkg/status", "")
	for i := 0; i < len(files); i += 2 {
		m.write(files[i], files[i+1])
	}
	return m
}

func (m *machine) write(name, content string) {
	m.t.Helper()
	file := m.fs.Path(name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if target, link := strings.CutPrefix(content, "-> "); link {
		err = errors.Join(err, os.Symlink(target, file))
	} else {
		err = errors.Join(err, os.WriteFile(file, []byte(content), 0o644))
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

// tree returns everything below the root: the mode and content of a file, "-> TARGET"
// for a link, the mode of a directory.
func (m *machine) tree() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	root := m.fs.Path("/")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(file, root), "/")
		info, err := d.Info()
		switch {
		case err != nil:
		case d.IsDir():
			all[name+"/"] = info.Mode().String()
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(file)
			all[name] = "-> " + target
			return err
		default:
			all[name] = info.Mode().String() + " " + m.read(name)
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// isAs fails the test unless the tree is that.
func (m *machine) isAs(want map[string]string) {
	m.t.Helper()
	if diff := cmp.Diff(want, m.tree()); diff != "" {
		m.t.Errorf("the tree (-want +got):\n%s", diff)
	}
}

// carryOut carries a plan out that has only changes.
func (m *machine) carryOut(changes ...Change) {
	m.t.Helper()
	var p Plan
	if err := errors.Join(p.Add(changes...), p.CarryOut(m.t.Context(), Host{FS: m.fs})); err != nil {
		m.t.Fatal(err)
	}
}

// programs records the commands that run, and may fail some of them.
type programs struct {
	calls []string
	fail  func(call string) bool
}

var errProgram = errors.New("update-something: exit status 1")

func (p *programs) run(_ context.Context, _ time.Duration, args ...string) error {
	call := strings.Join(args, " ")
	p.calls = append(p.calls, call)
	if p.fail != nil && p.fail(call) {
		return errProgram
	}
	return nil
}

// Two kinds of settings that are in the same files. Each has one line there.
const (
	hiding  Kind = "hiding"
	console Kind = "console"
)

func line(kind Kind) string { return "# " + string(kind) + "\n" }

// block plans that a kind has its line in a file, or with on false has none.
func block(t *testing.T, v View, kind Kind, name string, on bool) Change {
	t.Helper()
	c, err := v.Edit(kind, name, on, func(old []byte) ([]byte, error) {
		without := strings.ReplaceAll(string(old), line(kind), "")
		if on {
			return []byte(without + line(kind)), nil
		}
		return []byte(without), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ours plans a file that is ours alone; the content "" stands for no file.
func ours(t *testing.T, v View, name, content string) Change {
	t.Helper()
	c, err := v.Whole(name, State{Exists: content != "", Content: []byte(content)}, func(content []byte) bool {
		return strings.HasPrefix(string(content), "ours")
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
