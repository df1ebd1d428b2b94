package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// ErrNotOnDisk says that the disk has no such file.
var ErrNotOnDisk = errors.New("no such file on the disk")

// Put writes files onto the disk of a host that is off: path there to file
// here. A file that is there is replaced; folders are made.
func (h *Host) Put(ctx context.Context, files map[string]string) error {
	var requests []string
	made := map[string]bool{}
	for _, there := range slices.Sorted(maps.Keys(files)) {
		info, err := os.Stat(files[there])
		if err != nil {
			return err
		}
		if strings.ContainsAny(there+files[there], " \"\n") {
			return fmt.Errorf("%s=%s: debugfs takes no blanks", there, files[there])
		}
		for _, folder := range above(there) {
			if !made[folder] {
				requests = append(requests, "mkdir "+folder)
			}
			made[folder] = true
		}
		requests = append(requests, "rm "+there, "write "+files[there]+" "+there,
			fmt.Sprintf("set_inode_field %s mode 0100%o", there, info.Mode().Perm()),
			"set_inode_field "+there+" uid 0", "set_inode_field "+there+" gid 0")
	}
	command := exec.CommandContext(ctx, "debugfs", "-w", "-f", "-", h.disk())
	command.Env = append(command.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	command.Stdin = strings.NewReader(strings.Join(requests, "\n") + "\n")
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("debugfs: %w: %s", err, out)
	}
	// debugfs ends well whatever becomes of a request.
	for there, here := range files {
		want, err := os.ReadFile(here)
		if err != nil {
			return err
		}
		if got, err := h.Read(ctx, there); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("%s did not get onto the disk: %w\n%s", there, err, out)
		}
	}
	return nil
}

// above returns the folders that a path is in, the outermost first.
func above(name string) []string {
	var folders []string
	for folder := path.Dir(name); folder != "/" && folder != "."; folder = path.Dir(folder) {
		folders = append([]string{folder}, folders...)
	}
	return folders
}

// Read returns a file of the disk of a host that is off, or ErrNotOnDisk.
func (h *Host) Read(ctx context.Context, name string) ([]byte, error) {
	command := exec.CommandContext(ctx, "debugfs", "-R", "cat "+name, h.disk())
	command.Env = append(command.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	var complaints bytes.Buffer
	command.Stderr = &complaints
	content, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("debugfs: %w: %s", err, complaints.Bytes())
	}
	if strings.Contains(complaints.String(), "File not found") {
		return nil, fmt.Errorf("%s: %w", name, ErrNotOnDisk)
	}
	return content, nil
}
