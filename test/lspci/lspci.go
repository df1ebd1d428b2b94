// Package lspci finds the programs lspci that 'xenpci list' is held to: the one
// that is installed, and a newer one of Debian's that test/lspci/fetch unpacks.
package lspci

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Folder is where the newer lspci is unpacked, below the repository's root.
const Folder = "build/lspci"

// Program is a lspci.
type Program struct {
	Command      []string // the program, and arguments that stand before lspci's own
	Major, Minor int      // of its version
}

// Installed is the lspci in the search path.
func Installed() (Program, error) {
	name, err := exec.LookPath("lspci")
	if err != nil {
		return Program{}, err
	}
	return find(name)
}

// Unpacked is the lspci below a folder that its packages were unpacked into. It
// runs with the libraries there, by their own loader.
func Unpacked(folder string) (Program, error) {
	loaders, err := filepath.Glob(filepath.Join(folder, "usr", "lib", "*-linux-gnu*", "ld-linux*.so.*"))
	if err != nil {
		return Program{}, err
	}
	if len(loaders) == 0 {
		return Program{}, errors.New(folder + ": no lspci is unpacked there")
	}
	return find(loaders[0], "--library-path", filepath.Dir(loaders[0]), filepath.Join(folder, "usr", "bin", "lspci"))
}

// find asks the program for its version.
func find(command ...string) (Program, error) {
	p := Program{Command: command}
	answer, err := exec.Command(command[0], append(command[1:len(command):len(command)], "--version")...).Output()
	if err != nil {
		return p, fmt.Errorf("%v --version: %w", command, err)
	}
	if _, err := fmt.Sscanf(string(answer), "lspci version %d.%d", &p.Major, &p.Minor); err != nil {
		return p, fmt.Errorf("%v --version: %q: %w", command, answer, err)
	}
	return p, nil
}

// Version is major and minor version, "3.13".
func (p Program) Version() string { return fmt.Sprintf("%d.%d", p.Major, p.Minor) }

// Recent reports whether its bytes are those of today: 3.10 was the last to change
// them.
func (p Program) Recent() bool { return p.Major > 3 || p.Major == 3 && p.Minor >= 10 }
