package cpio

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriterPadsAndMakesFoldersOnce(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, err := range []error{
		w.File("etc/lab/conf", 0o640, []byte("hello")),
		w.Link("etc/link", "lab/conf"),
		w.Directory("etc/lab"),
		w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for rest := out.Bytes(); len(rest) > 0; {
		name, next := entry(t, rest)
		names = append(names, name)
		rest = next
	}
	want := []string{
		"etc 040755 links 2", "etc/lab 040755 links 2", "etc/lab/conf 0100640 links 1: hello",
		"etc/link 0120777 links 1: lab/conf", "TRAILER!!! 00 links 1",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestWriterHas(t *testing.T) {
	w := NewWriter(&bytes.Buffer{})
	if err := w.Directory("usr/bin"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"usr": true, "usr/bin": true, "usr/lib": false} {
		if got := w.Has(name); got != want {
			t.Errorf("Has(%q) = %v, want %v", name, got, want)
		}
	}
}

// entry reads one entry as the kernel's init/initramfs.c does.
func entry(t *testing.T, b []byte) (text string, rest []byte) {
	t.Helper()
	const headerSize, fields = 110, 13
	if len(b) < headerSize || string(b[:6]) != "070701" {
		t.Fatalf("no header at %.20q", b)
	}
	var field [fields]int
	for i := range field {
		field[i] = hex(t, string(b[6+8*i:14+8*i]))
	}
	nameEnd := headerSize + field[11]
	content := (nameEnd + 3) &^ 3
	text = strings.TrimSuffix(string(b[headerSize:nameEnd]), "\x00") + " 0" + octal(field[1]) + " links " + octal(field[4])
	if field[6] > 0 {
		text += ": " + string(b[content:content+field[6]])
	}
	return text, b[(content+field[6]+3)&^3:]
}

func hex(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.ParseInt(s, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func octal(n int) string { return strconv.FormatInt(int64(n), 8) }
