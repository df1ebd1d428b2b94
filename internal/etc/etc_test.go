package etc_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// tree makes a root of lines: "FILE = CONTENT", "LINK -> TARGET" and "FOLDER/".
func tree(t *testing.T, lines ...string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	fill(t, root, lines...)
	return sysfs.New(root)
}

func fill(t *testing.T, root string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		name, content, isFile := strings.Cut(line, " = ")
		from, target, isLink := strings.Cut(line, " -> ")
		if isLink {
			name = from
		}
		name = filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		switch {
		case err != nil:
		case isFile:
			err = os.WriteFile(name, []byte(content), 0o640)
		case isLink:
			err = os.Symlink(target, name)
		default:
			err = os.Mkdir(name, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// outline is the inverse of fill, in the order of names, with the modes of
// files that are not 0640.
func outline(t *testing.T, root string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, _ := filepath.Rel(root, path)
		switch info, err := d.Info(); {
		case err != nil:
			return err
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			if info.Mode() != 0o640 {
				name = fmt.Sprintf("%s %04o", name, info.Mode())
			}
			lines = append(lines, name+" = "+string(content))
			return err
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			lines = append(lines, name+" -> "+target)
			return err
		default:
			if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
				return err
			}
			lines = append(lines, name+"/")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestRead(t *testing.T) {
	f := tree(t,
		"etc/file = content",
		"etc/empty = ",
		"etc/relative -> file",
		"etc/absolute -> /etc/file",
		"etc/up -> ../../../../etc/file", // above the root is the root
		"etc/chain -> relative",
		"etc/masked -> /dev/null",
		"etc/dangling -> nowhere",
		"etc/ring -> ring",
		"srv/etc/file = elsewhere",
		"etc/d -> /srv/etc",
		"etc/large = "+strings.Repeat("x", etc.Limit+1),
		"etc/limit = "+strings.Repeat("x", etc.Limit),
		"etc/folder/",
	)
	if err := syscall.Mkfifo(f.Path("/etc/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		exists     bool
		err        string
	}{
		{name: "/etc/file", want: "content", exists: true},
		{name: "/etc/empty", exists: true},
		{name: "/etc/relative", want: "content", exists: true},
		{name: "/etc/absolute", want: "content", exists: true},
		{name: "/etc/up", want: "content", exists: true},
		{name: "/etc/chain", want: "content", exists: true},
		{name: "/etc/d/file", want: "elsewhere", exists: true},
		{name: "/etc/masked", exists: true},
		{name: "/etc/none"},
		{name: "/none/none"},
		{name: "/etc/dangling"},
		{name: "/etc/limit", want: strings.Repeat("x", etc.Limit), exists: true},
		{name: "/etc/large", err: "/etc/large: read: larger than 4 MiB"},
		{name: "/etc/ring", err: "/etc/ring: readlink: too many levels of symbolic links (ELOOP)"},
		{name: "/etc/folder", err: "/etc/folder: open: is not a regular file (d---------)"},
		{name: "/etc/pipe", err: "/etc/pipe: open: is not a regular file (p---------)"},
	} {
		content, exists, err := etc.Read(f, test.name)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if string(content) != test.want || exists != test.exists || message != test.err {
			t.Errorf("%s: %d bytes, %v, %q; want %d, %v, %q", test.name, len(content), exists, message, len(test.want), test.exists, test.err)
		}
	}
}

func TestRemove(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		path  string
		want  []string
		err   string
	}{
		{"a file", []string{"etc/a = 1", "etc/b = 2"}, "/etc/a", []string{"etc/b = 2"}, ""},
		{"what a killed process left of it", []string{"etc/a = 1", "etc/.a.xenpci = "}, "/etc/a", []string{"etc/"}, ""},
		{"the link, not what it leads to", []string{"etc/a = 1", "etc/l -> a"}, "/etc/l", []string{"etc/a = 1"}, ""},
		{"below a link", []string{"srv/a = 1", "etc/d -> /srv"}, "/etc/d/a", []string{"etc/d -> /srv", "srv/"}, ""},
		{"none", []string{"etc/a = 1"}, "/etc/b", []string{"etc/a = 1"}, ""},
		{"no folder", []string{"etc/a = 1"}, "/etc/none/b", []string{"etc/a = 1"}, ""},
		{"a folder", []string{"etc/d/"}, "/etc/d", []string{"etc/d/"}, "/etc/d: unlink: is a directory (EISDIR)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := tree(t, test.files...)
			message := ""
			if err := etc.Remove(f, test.path); err != nil {
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

// An errno can be asked for.
func TestErrno(t *testing.T) {
	f := tree(t, "etc/a = 1")
	_, _, err := etc.Read(f, "/etc/a/b")
	var attr *sysfs.AttrError
	if !errors.Is(err, syscall.ENOTDIR) || !errors.As(err, &attr) {
		t.Errorf("%v", err)
	}
}

// TestForget keeps nothing of a file that others have changed since, and takes
// the next backup from what it is then.
func TestForget(t *testing.T) {
	f := tree(t, "etc/a = old")
	replace := func(content string) {
		t.Helper()
		if err := etc.Replace(f, "/etc/a", []byte(content), etc.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	replace("with ours")
	replace("old, and theirs")
	if err := etc.Forget(f, "/etc/a"); err != nil {
		t.Fatal(err)
	}
	if _, exists, err := etc.Backup(f, "/etc/a"); exists || err != nil {
		t.Errorf("%v, %v", exists, err)
	}
	if f.Exists(etc.BackupDir) {
		t.Error("an empty folder is left")
	}
	if err := etc.Forget(f, "/etc/a"); err != nil {
		t.Error("again:", err)
	}
	replace("ours again")
	if content, _, err := etc.Backup(f, "/etc/a"); string(content) != "old, and theirs" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
}
