// Package calls counts and lists the system calls of a program on files, by strace.
package calls

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// counted are the calls on files. Those for memory and threads a Go program makes
// at moments that nobody chooses.
const counted = "open,openat,read,readlink,readlinkat,pread64,close,write,getdents64,access,stat,lstat,newfstatat,fstat,statx"

// Count runs a program, whose output is dropped, and returns how many system
// calls on files it and its threads made.
func Count(command []string) (int, error) {
	arguments := []string{"-f", "-c", "-U", "calls,name", "-e", "trace=" + counted, "--"}
	strace := exec.Command("strace", append(arguments, command...)...)
	var table bytes.Buffer
	strace.Stderr = &table
	if err := strace.Run(); err != nil {
		return 0, fmt.Errorf("%v: %w: %s", strace.Args, err, table.String())
	}
	total := 0
	for line := range strings.Lines(table.String()) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[1] == "total" {
			continue
		}
		if n, err := strconv.Atoi(fields[0]); err == nil {
			total += n
		}
	}
	if total == 0 {
		return 0, fmt.Errorf("%v: strace counted nothing: %s", strace.Args, table.String())
	}
	return total, nil
}

// Trace runs a program, whose output is dropped, and returns the system calls on
// files that it and its threads made, one line each as strace prints them, with
// the path of each file descriptor. The calls of one thread are in their order.
func Trace(command []string, environment ...string) ([]string, error) {
	folder, err := os.MkdirTemp("", "trace")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	// A file for each thread: in one file, calls that overlap are torn in two.
	arguments := []string{"-ff", "-qq", "-y", "-s", "512", "-e", "trace=" + counted, "-o", filepath.Join(folder, "calls"), "--"}
	strace := exec.Command("strace", append(arguments, command...)...)
	strace.Env = append(os.Environ(), environment...)
	if output, err := strace.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %w: %s", strace.Args, err, output)
	}
	logs, err := filepath.Glob(filepath.Join(folder, "calls.*"))
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, err
		}
		lines = append(lines, strings.Split(string(text), "\n")...)
	}
	return lines, nil
}
