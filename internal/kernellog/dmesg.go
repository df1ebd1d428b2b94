package kernellog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// dmesg is the file to which systems save the output of dmesg at the end of the
// boot: Debian's bootmisc.sh, Ubuntu's dmesg.service, OpenRC's bootmisc.
const dmesg = "/var/log/dmesg"

// maxDmesg bounds how much of the file is read, in bytes.
const maxDmesg = 16 << 20

// firstLine is the beginning of the kernel's first line; on ARM, of one of the
// first lines.
const (
	firstLine  = "Linux version "
	firstLines = 4
)

func readDmesg(fsys sysfs.FS) (*Log, error) {
	file, err := fsys.Open(dmesg)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if fsys.Real() && older(file, fsys) {
		return nil, &sysfs.AttrError{Op: "read", Path: dmesg, Err: syscall.ESTALE}
	}
	return parseDmesg(io.LimitReader(file, maxDmesg))
}

// older reports whether a file is or may be from an earlier boot.
func older(file fs.File, fsys sysfs.FS) bool {
	info, err := file.Stat()
	if err != nil {
		return true
	}
	began, err := fsys.BootTime()
	return err != nil || info.ModTime().Before(began)
}

// parseDmesg reads lines "[   12.704113] text", or "text" if the kernel was booted
// with printk.time=0.
func parseDmesg(r io.Reader) (*Log, error) {
	l := &Log{Source: dmesg, Gap: "the log lacks the kernel's first line", drivers: map[pci.Address][]Voice{}}
	lines := bufio.NewReaderSize(r, maxRecord)
	timed := true
	for n := 0; ; n++ {
		if n == maxRecords {
			l.Complete, l.Gap = false, "the log is longer than the part that is read"
			return l, nil
		}
		line, prefix, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return nil, &sysfs.AttrError{Op: "read", Path: dmesg, Err: err}
		}
		at, text, ok := parseLine(string(line))
		if n < firstLines && bytes.HasPrefix(line, []byte(firstLine)) {
			timed = false
		}
		if !ok && !timed {
			text = string(line)
		}
		if ok || !timed {
			if n < firstLines && strings.HasPrefix(text, firstLine) {
				l.Complete, l.Gap = true, ""
			}
			l.add(at, text)
		}
		for prefix && err == nil { // skip the rest of a line that is too long
			_, prefix, err = lines.ReadLine()
		}
	}
}

// parseLine splits a line into its time and its text. It removes what dmesg may
// print before or after the time: "<6>", "kern  :info  : ", "[    T1]".
func parseLine(line string) (at Uptime, text string, ok bool) {
	before, rest, ok := strings.Cut(line, "[")
	priority, raw := strings.CutSuffix(strings.TrimPrefix(before, "<"), ">")
	decoded := strings.HasPrefix(before, "kern") && strings.HasSuffix(before, ": ")
	if !ok || before != "" && !decoded && !(raw && ofKernel(priority)) {
		return 0, "", false
	}
	stamp, text, ok := strings.Cut(rest, "]")
	seconds, fraction, pointed := strings.Cut(strings.TrimSpace(stamp), ".")
	if !ok || !pointed || len(fraction) != 6 {
		return 0, "", false
	}
	micros, err := strconv.ParseInt(seconds+fraction, 10, 63)
	if err != nil || micros < 0 {
		return 0, "", false
	}
	if caller, ok := strings.CutPrefix(text, "["); ok {
		_, text, _ = strings.Cut(caller, "]")
	}
	return Uptime(micros), strings.TrimPrefix(text, " "), true
}
