// Package promtool finds Prometheus' promtool, which the daemon's metrics are held to: the
// one that is installed, or the one that test/promtool/fetch unpacks.
package promtool

import (
	"fmt"
	"os/exec"
)

// File is where promtool is unpacked, below the repository's root.
const File = "build/promtool/promtool"

// Find returns the promtool in the search path, or else the file.
func Find(file string) (program string, err error) {
	if program, err = exec.LookPath("promtool"); err == nil {
		return program, nil
	}
	if out, err := exec.Command(file, "--version").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s --version: %w: %s", file, err, out)
	}
	return file, nil
}
