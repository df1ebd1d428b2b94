package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// makeIn calls make in a folder, without Go in PATH.
func makeIn(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory"}, args...)...)
	c.Dir = folder
	c.Env = append(os.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "MAKEFLAGS=", "LC_ALL=C")
	out, err := c.CombinedOutput()
	return string(out), err
}

// script writes a program that prints one line.
func script(t *testing.T, name, line string) {
	t.Helper()
	if err := os.WriteFile(name, []byte("#!/bin/sh\necho '"+line+"'\n"), 0o755); err != nil { //nolint:forbidigo // a test's own file
		t.Fatal(err)
	}
}

// TestMakeNeedsGo asks make about each Go that may be there. Go 1.21 was the first that
// fetches the release that it needs.
func TestMakeNeedsGo(t *testing.T) {
	for version, want := range map[string]string{ // what it says, and "" where it goes on
		"go1.9.7":  "is needed, and this is go version go1.9.7 ",
		"go1.19.8": "is needed, and this is go version go1.19.8 ",
		"go1.20":   "is needed, and this is go version go1.20 ",
		"go1.21.0": "",
		"go1.26.8": "",
		"none":     "is not in PATH=",
	} {
		t.Run(version, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "go")
			if version != "none" {
				script(t, program, "go version "+version+" linux/amd64")
			}
			out, err := makeIn(t, root, "go-there", "GO="+program)
			if (err == nil) != (want == "") || !strings.Contains(out, want) || want != "" && !strings.Contains(out, "https://go.dev/dl/") {
				t.Errorf("%v: %q; want %q", err, out, want)
			}
		})
	}
}

// TestMakeInstall copies programs that are there, in a checkout of their own, and
// removes them again. No Go is in PATH, as with sudo.
func TestMakeInstall(t *testing.T) {
	checkout, dest := t.TempDir(), t.TempDir()
	for _, name := range []string{"Makefile", "go.mod", "pkg", "man", "test"} {
		whole, err := filepath.Abs(filepath.Join(root, name))
		if err == nil {
			err = os.Symlink(whole, filepath.Join(checkout, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, err := makeIn(t, checkout, "install", "DESTDIR="+dest); err == nil || !strings.Contains(out, "run 'make build' first") {
		t.Errorf("without programs: %v: %s", err, out)
	}
	script(t, filepath.Join(checkout, "xenpci"), "layers: none")
	script(t, filepath.Join(checkout, "xenpcid"), "")
	if out, err := makeIn(t, checkout, "install", "DESTDIR="+dest); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	installed := below(t, dest)
	pages, err := filepath.Glob(filepath.Join(root, "man", "*.[1-9]"))
	if err != nil || len(installed) != len(pages)+2 {
		t.Errorf("%v: %d files of %d pages:\n%s", err, len(installed), len(pages), strings.Join(installed, "\n"))
	}
	// What is enabled keeps them, and so does a program that does not tell.
	for _, says := range []string{"layers: service", "layers: netboot", ""} {
		script(t, filepath.Join(dest, "usr/local/sbin/xenpci"), says)
		if out, err := makeIn(t, checkout, "uninstall", "DESTDIR="+dest); err == nil || !strings.Contains(out, "boot disable") {
			t.Errorf("%q: %v: %s", says, err, out)
		}
	}
	if diff := cmp.Diff(installed, below(t, dest)); diff != "" {
		t.Error(diff)
	}
	script(t, filepath.Join(dest, "usr/local/sbin/xenpci"), "layers: none")
	if out, err := makeIn(t, checkout, "uninstall", "DESTDIR="+dest); err != nil || len(below(t, dest)) > 0 {
		t.Errorf("%v: %s\nleft: %s", err, out, below(t, dest))
	}
}

// below returns the files below a folder.
func below(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
