package kernellog

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// kmsg is the kernel's log buffer: each read returns one record
// (Documentation/ABI/testing/dev-kmsg).
const kmsg = "/dev/kmsg"

// maxRecord is larger than any record: the kernel returns at most 8 KiB
// (PRINTK_MESSAGE_MAX, kernel/printk/printk.c), and EINVAL for a smaller buffer.
const maxRecord = 16 << 10

// Read reads the kernel's log buffer. If it is not readable or fsys is another root,
// Read reads the system's copy in /var/log/dmesg. The error is an *sysfs.AttrError,
// for the buffer if that exists.
func Read(fsys sysfs.FS) (*Log, error) {
	if !fsys.Real() {
		return readDmesg(fsys)
	}
	l, err := readKmsg(fsys.Path(kmsg))
	if err == nil {
		return l, nil
	}
	if l, dmesgErr := readDmesg(fsys); dmesgErr == nil {
		return l, nil
	}
	return nil, &sysfs.AttrError{Op: "read", Path: kmsg, Err: err}
}

func readKmsg(path string) (*Log, error) {
	// Without O_NONBLOCK a read at the end of the log would wait for more.
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	return readRecords(func(p []byte) (int, error) { return syscall.Read(fd, p) })
}

// readRecords reads records up to EAGAIN, or to the end of a file.
func readRecords(read func(p []byte) (int, error)) (*Log, error) {
	l := &Log{Source: kmsg, Complete: true, drivers: map[pci.Address][]Voice{}}
	record := make([]byte, maxRecord)
	next := uint64(0)
	for reads := 0; ; reads++ {
		if reads == maxRecords {
			l.lacks("the log is longer than the part that is read")
			return l, nil
		}
		n, err := read(record)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN), err == nil && n == 0:
			if next == 0 {
				l.lacks("the log is empty")
			}
			return l, nil
		case errors.Is(err, syscall.EPIPE):
			l.lacks("the kernel overwrote lines while the log was read")
			continue
		case err != nil:
			return nil, err
		}
		sequence, at, text, ok := parseRecord(string(record[:n]))
		if !ok {
			continue
		}
		if sequence > next {
			l.lacks("the kernel overwrote old lines: " + strconv.FormatUint(sequence-next, 10))
		}
		next = sequence + 1
		l.add(at, text)
	}
}

// lacks records why the log is incomplete; the first reason is kept.
func (l *Log) lacks(what string) {
	if l.Complete {
		l.Complete, l.Gap = false, what
	}
}

// parseRecord parses "6,339,5140900,-,caller=T1;e1000 0000:00:09.0: text", which
// lines " KEY=value" may follow: priority, sequence number, microseconds, flags. text
// is "" if a program wrote the record.
func parseRecord(record string) (sequence uint64, at Uptime, text string, ok bool) {
	head, body, ok := strings.Cut(record, ";")
	if !ok {
		return 0, 0, "", false
	}
	fields := strings.Split(head, ",")
	if len(fields) < 3 {
		return 0, 0, "", false
	}
	sequence, err := strconv.ParseUint(fields[1], 10, 63)
	micros, errTime := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || errTime != nil || micros < 0 {
		return 0, 0, "", false
	}
	if ofKernel(fields[0]) {
		text, _, _ = strings.Cut(body, "\n")
	}
	return sequence, Uptime(micros), text, true
}

// ofKernel reports whether the kernel wrote a line with this priority, which is a
// number of facility and level. Programs that write to the log cannot use the
// kernel's facility, which is 0 (Documentation/ABI/testing/dev-kmsg).
func ofKernel(priority string) bool {
	const levels = 8
	n, err := strconv.ParseUint(priority, 10, 32)
	return err == nil && n < levels
}
