package initramfs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/test/scratch"
)

// planted is a tree with an image, and the image's path in the tree.
func planted(t *testing.T, image []byte) (f sysfs.FS, name, file string) {
	t.Helper()
	root := scratch.Dir(t)
	file = filepath.Join(root, "boot", "initrd.img")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, image, 0o640), os.Symlink("boot/initrd.img", filepath.Join(root, "initrd.img"))); err != nil {
		t.Fatal(err)
	}
	return sysfs.New(root), "/initrd.img", file
}

// usrMerged is an image whose /lib is a link.
func usrMerged() []byte {
	return ended(
		file{name: "usr", mode: folder}, file{name: "usr/lib", mode: folder}, file{name: "lib", mode: link, content: "usr/lib"},
		file{name: "usr/lib/firmware", mode: folder}, file{name: "init", mode: 0o100755, content: "#!/bin/sh\n"},
		file{name: "etc", mode: folder}, file{name: "etc/same", content: "as it is"}, file{name: "etc/older", content: "older"}, file{name: "nowhere", mode: link, content: "gone"},
	)
}

// TestAddAndRemove adds files to images of all forms, and takes them off to the byte.
func TestAddAndRemove(t *testing.T) {
	t.Parallel()
	plain := usrMerged()
	images := map[string][]byte{
		"plain": plain, "plain with zero bytes at the end": append(bytes.Clone(plain), make([]byte, 301)...),
		"gzip": gzipped(plain), "microcode and gzip": append(ended(file{name: "kernel/x86/microcode/AuthenticAMD.bin", content: "code"}), gzipped(plain)...),
		"another program's member of gzip": slices.Concat(plain, gzipped(ended(file{name: "etc/other", content: "x"}))),
		"zstd":                             packed(t, plain, "zstd", "-qc"), "xz": packed(t, plain, "xz", "-c", "--check=crc32"),
	}
	for name, image := range images {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, link, file := planted(t, image)
			added := []Added{
				{"lib/firmware/a/b.bin", 0o644, []byte("firmware")}, {"lib/firmware/a/c.bin", 0o644, nil}, {"etc/same", 0o644, []byte("as it is")},
				{"etc/older", 0o600, []byte("newer")}, {"init", 0o755, []byte("#!/bin/sh\n")},
			}
			edit, err := PlanAdd(t.Context(), f, link, added)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"lib/firmware/a/b.bin", "lib/firmware/a/c.bin", "etc/older"}, edit.Names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"lib/firmware/a"}, edit.Folders); diff != "" {
				t.Errorf("folders (-want +got):\n%s", diff)
			}
			if now := mustReadFile(t, file); !bytes.Equal(now, image) {
				t.Fatal("the plan changed the image")
			}
			if err := edit.CarryOut(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			now := mustReadFile(t, file)
			if !bytes.HasPrefix(now, image) || len(now) != len(image)+len(edit.Archive) {
				t.Fatal("more was changed than the end")
			}
			read := mustRead(t, now, "*/*", "*/*/*/*/*")
			for name, want := range map[string]string{"usr/lib/firmware/a/b.bin": "firmware", "etc/older": "newer", "etc/same": "as it is"} {
				if got, _ := read.File(name); string(got) != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			if e, _ := read.Own("lib"); e.Mode&os.ModeSymlink == 0 {
				t.Error("lib is no link any more")
			}
			again, err := PlanAdd(t.Context(), f, link, added)
			if err != nil || !again.Nothing() {
				t.Errorf("again: %+v, %v", again.Names, err)
			}
			if more, err := PlanAdd(t.Context(), f, link, []Added{{"etc/more", 0o644, []byte("more")}}); err != nil || more.CarryOut(t.Context(), f) != nil {
				t.Fatal(err)
			}
			off, err := PlanRemove(t.Context(), f, link)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"lib/firmware/a/b.bin", "lib/firmware/a/c.bin", "etc/older", "etc/more"}, off.Names); diff != "" {
				t.Errorf("names taken off (-want +got):\n%s", diff)
			}
			if err := off.CarryOut(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(mustReadFile(t, file), image) {
				t.Error("the image is not what it was")
			}
			if info, err := os.Lstat(file); err != nil || info.Mode() != 0o640 {
				t.Errorf("%v %v", info.Mode(), err)
			}
			if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			if _, err := PlanRemove(t.Context(), f, link); !errors.Is(err, ErrNotAdded) {
				t.Errorf("remove again: %v", err)
			}
		})
	}
}

func mustReadFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestAddRefused leaves the image alone.
func TestAddRefused(t *testing.T) {
	t.Parallel()
	lz4 := packed(t, usrMerged(), "lz4", "-lc")
	behind := func() []byte {
		archive, _, err := mustRead(t, usrMerged()).Archive([]Added{{"etc/a", 0o644, []byte("a")}})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(usrMerged(), archive, gzipped(ended(file{name: "etc/b"})))
	}()
	tests := []struct {
		name  string
		image []byte
		file  Added
		want  string
	}{
		{"behind lz4, which has no end", lz4, Added{"etc/a", 0o644, []byte("a")}, "the image ends with an archive compressed by lz4"},
		{"in the place of a folder", usrMerged(), Added{"usr/lib/firmware", 0o644, nil}, "the image has a folder of this name"},
		{"below a file", usrMerged(), Added{"etc/same/a", 0o644, nil}, "in the image /etc/same is not a folder"},
		{"below a link to nothing", usrMerged(), Added{"nowhere/a", 0o644, nil}, "in the image /nowhere is a link that leads nowhere"},
		{"too much", usrMerged(), Added{"etc/a", 0o644, make([]byte, MaxAdded+1)}, "the image exceeds the size limits"},
		{"to a broken image", usrMerged()[:400], Added{"etc/a", 0o644, nil}, "truncated"},
	}
	for _, tt := range tests {
		f, link, file := planted(t, tt.image)
		edit, err := PlanAdd(t.Context(), f, link, []Added{tt.file})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !bytes.Equal(mustReadFile(t, file), tt.image) {
			t.Errorf("%s: the image was changed: %+v", tt.name, edit.Names)
		}
	}
	f, link, _ := planted(t, behind)
	if _, err := PlanRemove(t.Context(), f, link); !errors.Is(err, ErrNotAdded) {
		t.Errorf("something follows what was added: %v", err)
	}
}

// TestEditFails leaves the image as it was where it changes meanwhile, where the copy is not as
// planned, and where there is nobody to wait for it.
func TestEditFails(t *testing.T) {
	t.Parallel()
	plan := func() (sysfs.FS, Edit, string) {
		f, link, file := planted(t, usrMerged())
		edit, err := PlanAdd(t.Context(), f, link, []Added{{"etc/a", 0o644, []byte("a")}})
		if err != nil {
			t.Fatal(err)
		}
		return f, edit, file
	}
	f, edit, file := plan()
	other := append(usrMerged(), 0, 0, 0, 0)
	if err := os.WriteFile(file, other, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := edit.CarryOut(t.Context(), f); !errors.Is(err, etc.ErrChanged) || !bytes.Equal(mustReadFile(t, file), other) {
		t.Errorf("changed meanwhile: %v", err)
	}
	f, edit, file = plan()
	edit.Archive = edit.Archive[:len(edit.Archive)-20]
	var differs *ReadBackError
	if err := edit.CarryOut(t.Context(), f); !errors.As(err, &differs) || !bytes.Equal(mustReadFile(t, file), usrMerged()) {
		t.Errorf("a copy that is cut: %v", err)
	}
	f, edit, file = plan()
	edit.files[0].Content = []byte("b")
	if err := edit.CarryOut(t.Context(), f); !errors.As(err, &differs) || !bytes.Equal(mustReadFile(t, file), usrMerged()) {
		t.Errorf("a copy with another file: %v", err)
	}
	f, edit, file = plan()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := edit.CarryOut(ctx, f); !errors.Is(err, context.Canceled) || !bytes.Equal(mustReadFile(t, file), usrMerged()) {
		t.Errorf("interrupted: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// FuzzEdit adds a file to any image, and takes it off.
func FuzzEdit(f *testing.F) {
	f.Add(usrMerged(), "etc/a", []byte("a"))
	f.Add(gzipped(usrMerged()), "lib/x/y", []byte{})
	f.Add([]byte{}, "init", []byte("#!/bin/sh"))
	f.Fuzz(func(t *testing.T, image []byte, name string, content []byte) {
		fsys, link, file := planted(t, image)
		name = normalName(name)
		if strings.Contains(name, "\x00") || name == "." {
			return
		}
		edit, err := PlanAdd(t.Context(), fsys, link, []Added{{name, 0o644, content}})
		if err != nil || edit.Nothing() {
			return
		}
		if err := edit.CarryOut(t.Context(), fsys); err != nil {
			if !bytes.Equal(mustReadFile(t, file), image) {
				t.Fatalf("changed, after %v", err)
			}
			return
		}
		back, err := PlanRemove(t.Context(), fsys, link)
		if err != nil {
			t.Fatal(err)
		}
		if back.Keep != edit.Keep { // the fuzzed image ended with something that was added
			return
		}
		if err := back.CarryOut(t.Context(), fsys); err != nil || !bytes.Equal(mustReadFile(t, file), image) {
			t.Fatalf("not what it was: %v", err)
		}
	})
}
