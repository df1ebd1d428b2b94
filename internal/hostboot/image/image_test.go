package image_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/image/imagetest"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// fewest is how many options a table has at least.
const fewest = 20

// example are more options than a table must have.
func example() []image.Option {
	options := []image.Option{{"console", image.String, 30}, {"dom0_mem", image.Custom, 0}, {"loglvl", image.Custom, 0}, {"noreboot", image.Bool, 1}, {"pci-phantom", image.Custom, 0}, {"tevt_mask", image.Unsigned, 4}, {"ucode[", image.Size, 8}}
	for i := range fewest {
		options = append(options, image.Option{fmt.Sprintf("z%02d", i), image.Bool, 1})
	}
	return options
}

func TestRead(t *testing.T) {
	for _, f := range imagetest.Formats() {
		t.Run(f.Name, func(t *testing.T) {
			got, err := image.Read(f.Build(example()))
			if diff := cmp.Diff(image.Table{Options: example()}, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

// TestReadFile reads a compressed image that has its build's configuration in itself.
func TestReadFile(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "xen.gz"), imagetest.Build(example(), "4.17.5"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := image.ReadFile(sysfs.New(root), "/xen.gz")
	if diff := cmp.Diff(image.Table{Options: example(), Release: "4.17.5"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if o, ok := got.Find("console"); !ok || o.Room != 30 {
		t.Error(o, ok)
	}
}

// TestNotAnImage gives it other files.
func TestNotAnImage(t *testing.T) {
	whole := imagetest.Formats()[0].Build(example())
	few := imagetest.Formats()[0].Build(example()[:fewest-1])
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("console=com1 dom0_mem=1G"), "header alone": whole[:0x80], "cut in a header": whole[:60], "too few options": few,
		"a script": []byte("#!/bin/sh\n\x00dom0_mem\x00"), "PE cut": []byte("MZ"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := image.Read(content); !errors.Is(err, image.ErrFormat) {
				t.Error(got, err)
			}
		})
	}
}

// FuzzRead holds the reader to its bounds: no panic, and nothing but options in an answer.
func FuzzRead(f *testing.F) {
	for _, kind := range imagetest.Formats() {
		f.Add(kind.Build(example()))
	}
	name := regexp.MustCompile(`^[A-Za-z0-9_.-]{1,63}[[({<]?$|^[[({<]$`)
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := image.Read(data)
		if err != nil {
			return
		}
		for _, o := range table.Options {
			if !name.MatchString(o.Name) || o.Type == "" || o.Room > 4096 {
				t.Errorf("%+v", o)
			}
		}
	})
}
