// Package calls counts the system calls of a program on files, by strace.
package calls

import (
	"bytes"
	"fmt"
	"os/exec"
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
