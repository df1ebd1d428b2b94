package image

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// format is how an image is written.
type format struct {
	name     string
	header   func(size int) []byte // what stands before the segment, whose size is given
	base     uint64                // where the segment is linked
	distance uint64                // what is added to that in pointers
	layout   layout
}

var formats = []format{
	{"xen.gz", header32, 0x200000, 0xffff82d040000000, layouts[0]},
	{"xen.gz before 4.8", header32, 0x100000, 0xffff82d080000000, layouts[1]},
	{"xen-syms", header64, 0xffff82d040200000, 0, layouts[0]},
	{"xen.efi", headerPE, 0xffff82d040000000 + 0x1000, 0, layouts[0]},
}

func words(b []byte, at int, values ...uint32) {
	for i, v := range values {
		binary.LittleEndian.PutUint32(b[at+4*i:], v)
	}
}

func header32(size int) []byte {
	h := make([]byte, 0x80)
	copy(h, "\x7fELF\x01\x01")
	words(h, 28, 52)       // e_phoff
	words(h, 42, 32|1<<16) // e_phentsize, e_phnum
	words(h, 52, loaded, 0x80, 0x200000, 0x200000, uint32(size), uint32(size)+0x1000)
	return h
}

func header64(size int) []byte {
	h := make([]byte, 0x80)
	copy(h, "\x7fELF\x02\x01")
	binary.LittleEndian.PutUint64(h[32:], 64)
	words(h, 54, 56|1<<16)
	words(h, 64, loaded)
	for at, v := range map[int]uint64{72: 0x80, 80: 0xffff82d040200000, 96: uint64(size), 104: uint64(size) + 0x1000} {
		binary.LittleEndian.PutUint64(h[at:], v)
	}
	return h
}

func headerPE(size int) []byte {
	h := make([]byte, 0x200)
	copy(h, "MZ")
	words(h, 0x3c, 0x40)
	copy(h[0x40:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(h[0x46:], 1)    // sections
	binary.LittleEndian.PutUint16(h[0x54:], 0x70) // bytes of the optional header
	binary.LittleEndian.PutUint16(h[0x58:], 0x20b)
	binary.LittleEndian.PutUint64(h[0x58+24:], 0xffff82d040000000)
	section := h[0x58+0x70:]
	copy(section, ".rodata")
	words(section, 8, uint32(size)+0x1000, 0x1000, uint32(size), 0x200)
	return h
}

// build writes an image with these options, between other data.
func (f format) build(options []Option) []byte {
	base := f.base
	if f.name == "xen.gz before 4.8" {
		base = 0x200000
	}
	names := []byte("\x00something else\x00")
	at := make([]uint64, len(options))
	for i, o := range options {
		at[i] = base + uint64(len(names))
		names = append(names, o.Name+"\x00"...)
	}
	segment := names
	for len(segment)%8 != 0 {
		segment = append(segment, 0)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64)...) // no entry
	for i, o := range options {
		e := make([]byte, f.layout.size)
		binary.LittleEndian.PutUint64(e, at[i]+f.distance)
		for kind, t := range f.layout.types {
			if t == o.Type {
				words(e, f.layout.kind, uint32(kind))
			}
		}
		words(e, f.layout.room, uint32(o.Room))
		binary.LittleEndian.PutUint64(e[f.layout.variable:], base+f.distance+0x10)
		segment = append(segment, e...)
	}
	segment = append(segment, bytes.Repeat([]byte{0xff}, 64)...)
	return append(f.header(len(segment)), segment...)
}

// example are more options than a table must have.
func example() []Option {
	options := []Option{{"console", String, 30}, {"dom0_mem", Custom, 0}, {"loglvl", Custom, 0}, {"noreboot", Bool, 1}, {"pci-phantom", Custom, 0}, {"tevt_mask", Unsigned, 4}, {"ucode[", Size, 8}}
	for i := range fewest {
		options = append(options, Option{fmt.Sprintf("z%02d", i), Bool, 1})
	}
	return options
}

func TestRead(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			got, err := Read(f.build(example()))
			if diff := cmp.Diff(Table{Options: example()}, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

func pack(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadFile reads a compressed image that has its build's configuration in itself.
func TestReadFile(t *testing.T) {
	config := "#\n# Automatically generated file; DO NOT EDIT.\n# Xen/x86 4.17.5 Configuration\n#\nCONFIG_X86_64=y\n"
	image := append(formats[0].build(example()), pack(t, []byte(config))...)
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "xen.gz"), pack(t, image), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(sysfs.New(root), "/xen.gz")
	if diff := cmp.Diff(Table{Options: example(), Release: "4.17.5"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if o, ok := got.Find("console"); !ok || o.Room != 30 {
		t.Error(o, ok)
	}
}

// TestNotAnImage gives it other files.
func TestNotAnImage(t *testing.T) {
	whole := formats[0].build(example())
	few := formats[0].build(example()[:fewest-1])
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("console=com1 dom0_mem=1G"), "header alone": whole[:0x80], "cut in a header": whole[:60], "too few options": few,
		"a script": []byte("#!/bin/sh\n\x00dom0_mem\x00"), "PE cut": []byte("MZ"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Read(content); !errors.Is(err, ErrFormat) {
				t.Error(got, err)
			}
		})
	}
}

// FuzzRead holds the reader to its bounds: no panic, and nothing but options in an answer.
func FuzzRead(f *testing.F) {
	for _, kind := range formats {
		f.Add(kind.build(example()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Read(data)
		if err != nil {
			return
		}
		for _, o := range table.Options {
			if _, ok := cString([]byte(o.Name + "\x00")); !ok || o.Type == "" || o.Room > mostRoom {
				t.Errorf("%+v", o)
			}
		}
	})
}
