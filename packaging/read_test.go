//go:build packages

package packaging

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listing is what is in a package: the mode of each file by its path, and its programs.
type listing struct {
	Files    map[string]fs.FileMode // without folders
	Programs map[string][]byte      // what is in /usr/sbin
	Scripts  []string               // what runs when it is installed or removed
	Settings []string               // the files that an upgrade keeps as the administrator has them
}

func newListing() listing {
	return listing{Files: map[string]fs.FileMode{}, Programs: map[string][]byte{}}
}

// add reads a tar archive of files.
func (l listing) add(t *testing.T, archive io.Reader) {
	t.Helper()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(h.Name, "./"), "/")
		if h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s belongs to %d:%d", name, h.Uid, h.Gid)
		}
		l.Files[name] = h.FileInfo().Mode()
		if filepath.Dir(name) == "/usr/sbin" {
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			l.Programs[name] = content
		}
	}
}

// command runs a program and returns its output.
func command(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), args[0], args[1:]...)
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s%s", c, err, out, exit.Stderr)
		}
		t.Fatalf("%s: %v", c, err)
	}
	return string(out)
}

// readDeb reads a package for Debian.
func readDeb(t *testing.T, file string) listing {
	t.Helper()
	l, control := newListing(), newListing()
	l.add(t, strings.NewReader(command(t, "dpkg-deb", "--fsys-tarfile", file)))
	control.add(t, strings.NewReader(command(t, "dpkg-deb", "--ctrl-tarfile", file)))
	for name := range control.Files {
		switch name {
		case "/control", "/md5sums":
		case "/conffiles":
			l.Settings = strings.Fields(command(t, "dpkg-deb", "--info", file, "conffiles"))
		default:
			l.Scripts = append(l.Scripts, name[1:])
		}
	}
	return l
}

// readRPM reads a package for rpm, which is installed into a folder without its scripts.
func readRPM(t *testing.T, file string) listing {
	t.Helper()
	l, root := newListing(), t.TempDir()
	command(t, "rpm", "--root", root, "--install", "--nodeps", "--noscripts", "--ignorearch", file)
	command(t, "rpm", "--root", root, "--verify", "--nodeps", "--noscripts", "xenpci")
	query := command(t, "rpm", "--query", "--package", "--queryformat", `[%{FILENAMES}\t%{FILEFLAGS:fflags}\n]`, file)
	for line := range strings.Lines(query) {
		name, flags, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			continue
		}
		l.Files[name] = info.Mode()
		if strings.Contains(flags, "c") {
			l.Settings = append(l.Settings, name)
		}
		if filepath.Dir(name) == "/usr/sbin" {
			if l.Programs[name], err = os.ReadFile(filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for line := range strings.Lines(command(t, "rpm", "--query", "--package", "--scripts", file)) {
		if name, _, found := strings.Cut(line, " scriptlet "); found {
			l.Scripts = append(l.Scripts, name)
		}
	}
	return l
}

// readAPK reads a package for Alpine: archives behind each other, of which only the last
// has an end.
func readAPK(t *testing.T, file string) listing {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	archive, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	l := newListing()
	l.add(t, archive)
	for name := range l.Files {
		if hidden, found := strings.CutPrefix(name, "/."); found {
			delete(l.Files, name)
			if hidden != "PKGINFO" {
				l.Scripts = append(l.Scripts, hidden)
			}
		}
	}
	for name := range l.Files { // apk protects what is in /etc
		if strings.HasPrefix(name, "/etc/") {
			l.Settings = append(l.Settings, name)
		}
	}
	return l
}

// packageFile returns the file in a folder that a pattern finds.
func packageFile(t *testing.T, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d packages %s, want one", len(found), pattern)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}
