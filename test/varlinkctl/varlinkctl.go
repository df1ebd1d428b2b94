// Package varlinkctl finds systemd's varlinkctl, which internal/varlink is tested
// against: the one that is installed, or the one of a newer Debian that
// test/varlinkctl/fetch unpacks.
package varlinkctl

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// Folder is where varlinkctl is unpacked, below the repository's root.
const Folder = "build/varlinkctl"

// Program is varlinkctl, and arguments that stand before its own.
type Program []string

// Installed is the varlinkctl in the search path; systemd has it since 255.
func Installed() (Program, error) {
	name, err := exec.LookPath("varlinkctl")
	if err != nil {
		return nil, err
	}
	return Program{name}, nil
}

// Unpacked is the varlinkctl below a folder that its packages were unpacked into.
// It runs with the libraries there, by their own loader.
func Unpacked(folder string) (Program, error) {
	loaders, err := filepath.Glob(filepath.Join(folder, "usr", "lib", "*-linux-gnu*", "ld-linux*.so.*"))
	if err != nil {
		return nil, err
	}
	if len(loaders) == 0 {
		return nil, fmt.Errorf("%s: no varlinkctl is unpacked there", folder)
	}
	libraries := filepath.Dir(loaders[0])
	p := Program{loaders[0], "--library-path", libraries + ":" + filepath.Join(libraries, "systemd"), filepath.Join(folder, "usr", "bin", "varlinkctl")}
	if out, err := exec.Command(p[0], append(p[1:len(p):len(p)], "--version")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v --version: %w: %s", p, err, out)
	}
	return p, nil
}
