package initramfs

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
)

// file is one entry of an archive that a test makes byte by byte.
type file struct {
	name, content string
	mode          uint32 // 0 for a plain file
	inode, links  uint32
	crc           bool
}

// newc is an archive as cpio -H newc (or -H crc) writes it, without the
// trailer.
func newc(files ...file) []byte {
	var out bytes.Buffer
	for _, f := range files {
		mode, magic, sum := f.mode, magicNewc, uint32(0)
		if mode == 0 {
			mode = 0o100644
		}
		if f.crc {
			magic = magicCRC
			for _, c := range []byte(f.content) {
				sum += uint32(c)
			}
		}
		fmt.Fprintf(&out, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", magic,
			f.inode, mode, 0, 0, max(f.links, 1), 0, len(f.content), 8, 1, 0, 0, len(f.name)+1, sum)
		out.WriteString(f.name + "\x00")
		pad(&out)
		out.WriteString(f.content)
		pad(&out)
	}
	return out.Bytes()
}

func pad(out *bytes.Buffer) {
	for out.Len()%4 != 0 {
		out.WriteByte(0)
	}
}

// ended is an archive with its trailer.
func ended(files ...file) []byte { return newc(append(files, file{name: trailer})...) }

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

// packed runs a program that compresses.
func packed(t *testing.T, data []byte, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("%v (test/packages.txt names what the tests need)", err)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Stdin = bytes.NewReader(data)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, &stderr)
	}
	return out
}

// entryOf is what a walk says of one entry.
type entryOf struct {
	Name    string
	Mode    fs.FileMode
	Content string
}
