package change

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestNotes(t *testing.T) {
	m := newHost(t)
	if err := everything(t, m, true).CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
		t.Fatal(err)
	}
	const want = `folder /etc/modprobe.d made for /etc/modprobe.d/xenpci.conf
folder /etc/rc3.d made for /etc/rc3.d/S20xenpci
folder /var/lib/xenpci made for /var/lib/xenpci/notes
file /etc/default/grub edited by hiding
`
	if diff := cmp.Diff(want, m.read(notesFile)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFolders removes the directories that were made, except those in which others
// have put something.
func TestFolders(t *testing.T) {
	for _, test := range []struct {
		name, theirs string   // what somebody else writes meanwhile
		stay         []string // the folders that are theirs
	}{
		{"none", "", nil},
		{"a file beside ours", "/etc/a/b/theirs", []string{"/etc/a/", "/etc/a/b/"}},
		{"a file in the outer one", "/etc/a/theirs", []string{"/etc/a/"}},
		{"one beside the notes", "/var/lib/xenpci/theirs", []string{"/var/lib/xenpci/"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // it waits for the disk
			m := newMachine(t, "/etc/passwd", "")
			want := m.tree()
			m.carryOut(ours(t, Now(m.fs), "/etc/a/b/one", "ours\n"))
			m.carryOut(ours(t, Now(m.fs), "/etc/a/b/two", "ours\n"))
			if test.theirs != "" {
				m.write(test.theirs, "")
				maps.Copy(want, map[string]string{test.theirs: "-rw-r--r-- "})
			}
			m.carryOut(ours(t, Now(m.fs), "/etc/a/b/one", ""))
			if !m.fs.Exists("/etc/a/b/two") {
				t.Fatal("the other file went, too")
			}
			m.carryOut(ours(t, Now(m.fs), "/etc/a/b/two", ""))
			got := m.tree()
			for _, folder := range test.stay {
				if _, there := got[folder]; !there {
					t.Errorf("%s is gone", folder)
				}
				delete(got, folder)
			}
			if strings.HasPrefix(test.theirs, "/var/lib/xenpci") {
				delete(got, notesFile) // that the folder is ours is known still
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFolderOfOthers leaves an empty directory that was not noted.
func TestFolderOfOthers(t *testing.T) {
	m := newMachine(t)
	if err := os.MkdirAll(m.fs.Path("/etc/modprobe.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := m.tree()
	m.carryOut(ours(t, Now(m.fs), dropIn, "ours\n"))
	m.carryOut(ours(t, Now(m.fs), dropIn, ""))
	m.isAs(want)
}

// TestFolderOfUnfinished removes a directory in which a process was killed that wrote a file, also if
// another file is changed before that one.
func TestFolderOfUnfinished(t *testing.T) {
	m := newMachine(t, "/etc/passwd", "")
	want := m.tree()
	m.carryOut(ours(t, Now(m.fs), "/etc/a/one", "ours\n"))
	if err := os.Rename(m.fs.Path("/etc/a/one"), m.fs.Path(etc.Unfinished("/etc/a/one"))); err != nil {
		t.Fatal(err)
	}
	m.carryOut(ours(t, Now(m.fs), "/etc/b/two", "ours\n"))
	m.carryOut(ours(t, Now(m.fs), "/etc/b/two", ""))
	m.carryOut(ours(t, Now(m.fs), "/etc/a/one", ""))
	m.isAs(want)
}

// FuzzNotes checks that notes are the same after they are written and read again.
func FuzzNotes(f *testing.F) {
	root := sysfs.New(f.TempDir())
	f.Fuzz(func(t *testing.T, text []byte) {
		m := &machine{t, root}
		m.write(notesFile, string(text))
		all, err := readNotes(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			if n.file == "" || n.file[0] != '/' || (n.kind == "") == (n.folder == "") {
				t.Errorf("%q: %+v", text, n)
			}
		}
		if err := all.write(root, nil); err != nil {
			t.Fatal(err)
		}
		again, err := readNotes(root)
		if err != nil || len(all) > 0 && !slices.Equal(all, again) {
			t.Errorf("%q: %v, and then %v, %v", text, all, again, err)
		}
	})
}
