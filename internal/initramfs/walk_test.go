package initramfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// entries walks through an image and keeps all of it.
func entries(image []byte) (found []entryOf, err error) {
	err = named("test", each(context.Background(), bytes.NewReader(image), func(e Entry, r io.Reader) error {
		content, err := io.ReadAll(r)
		found = append(found, entryOf{e.Name, e.Mode, string(content)})
		return err
	}))
	return found, err
}

func TestEach(t *testing.T) {
	a, b, c := file{name: "a", content: "alpha"}, file{name: "./b", content: "beta\n", mode: 0o100755}, file{name: "/c/d", content: "", mode: 0o040755}
	wantA, wantB, wantC := entryOf{"a", 0o644, "alpha"}, entryOf{"b", 0o755, "beta\n"}, entryOf{"c/d", fs.ModeDir | 0o755, ""}
	zeroes := func(n int) []byte { return make([]byte, n) }
	odd := bytes.Repeat([]byte("x"), 4097)
	for _, test := range []struct {
		name  string
		image [][]byte
		want  []entryOf
		err   error
	}{
		{"nothing", nil, nil, nil},
		{"zeroes alone", [][]byte{zeroes(513)}, nil, nil},
		{"one archive", [][]byte{ended(a, b, c)}, []entryOf{wantA, wantB, wantC}, nil},
		{"without a trailer", [][]byte{newc(a, b)}, []entryOf{wantA, wantB}, nil},
		{"an early one, padding, a compressed one", [][]byte{ended(a), zeroes(512), gzipped(ended(b, c))}, []entryOf{wantA, wantB, wantC}, nil},
		{"two compressed ones", [][]byte{gzipped(ended(a)), gzipped(ended(b))}, []entryOf{wantA, wantB}, nil},
		{"zeroes within a compressed one", [][]byte{gzipped(bytes.Join([][]byte{ended(a), zeroes(1024), ended(b)}, nil))}, []entryOf{wantA, wantB}, nil},
		{"a plain one after a compressed one", [][]byte{gzipped(ended(a)), zeroes(3 - (len(gzipped(ended(a)))+3)%4), ended(b)}, []entryOf{wantA, wantB}, nil},
		{"crc", [][]byte{ended(file{name: "a", content: "alpha", crc: true})}, []entryOf{wantA}, nil},
		{"a link", [][]byte{ended(file{name: "l", content: "a", mode: 0o120777})}, []entryOf{{"l", fs.ModeSymlink | 0o777, "a"}}, nil},
		{"a device, a pipe, a socket", [][]byte{ended(file{name: "1", mode: 0o020600}, file{name: "2", mode: 0o060600}, file{name: "3", mode: 0o010600}, file{name: "4", mode: 0o140600})},
			[]entryOf{{"1", fs.ModeDevice | fs.ModeCharDevice | 0o600, ""}, {"2", fs.ModeDevice | 0o600, ""}, {"3", fs.ModeNamedPipe | 0o600, ""}, {"4", fs.ModeSocket | 0o600, ""}}, nil},
		{"setuid, setgid, sticky", [][]byte{ended(file{name: "1", mode: 0o107755})}, []entryOf{{"1", fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky | 0o755, ""}}, nil},
		{"the root, and names that leave it", [][]byte{ended(file{name: ".", mode: 0o040755}, file{name: "../../etc/./x//y"})},
			[]entryOf{{".", fs.ModeDir | 0o755, ""}, {"etc/x/y", 0o644, ""}}, nil},
		{"a name that the kernel skips", [][]byte{ended(file{name: string(odd), content: "x"}, a)}, []entryOf{wantA}, nil},
		{"a folder with content, which the kernel skips", [][]byte{ended(file{name: "f", content: "x", mode: 0o040755}, a)}, []entryOf{wantA}, nil},
		{"no padding at the end", [][]byte{bytes.TrimRight(newc(file{name: "a", content: "alpha"}), "\x00")}, []entryOf{wantA}, nil},

		{"junk", [][]byte{[]byte("junk")}, nil, ErrJunk},
		{"junk after an archive", [][]byte{ended(a), []byte("junk")}, []entryOf{wantA}, ErrJunk},
		{"junk within a compressed one", [][]byte{gzipped(append(ended(a), "junk"...))}, []entryOf{wantA}, ErrJunk},
		{"not aligned", [][]byte{ended(a), zeroes(1), ended(b)}, []entryOf{wantA}, ErrPadding},
		{"no number", [][]byte{bytes.Replace(ended(a), []byte("000081a4"), []byte("0000x1a4"), 1)}, nil, ErrHeader},
		{"cpio's old format", [][]byte{[]byte("070707" + strings.Repeat("0", 104))}, nil, ErrHeader},
		{"cut in a header", [][]byte{ended(a)[:50]}, nil, ErrCut},
		{"cut in a name", [][]byte{ended(a)[:111]}, nil, ErrCut},
		{"cut in a content", [][]byte{newc(a)[:114]}, []entryOf{{"a", 0o644, "al"}}, ErrCut},
		{"cut in what is compressed", [][]byte{gzipped(ended(a))[:12]}, nil, ErrCut},
		{"another sum", [][]byte{bytes.Replace(ended(file{name: "a", content: "alpha", crc: true}), []byte("alpha"), []byte("alphb"), 1)},
			[]entryOf{{"a", 0o644, "alphb"}}, ErrChecksum},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := entries(bytes.Join(test.image, nil))
			if !errors.Is(err, test.err) {
				t.Errorf("%v, want %v", err, test.err)
			}
			var where *FormatError
			if test.err != nil && !errors.As(err, &where) {
				t.Errorf("%v says not where", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMessages are what people read.
func TestMessages(t *testing.T) {
	for _, test := range []struct {
		image []byte
		want  string
	}{
		{append(ended(file{name: "a"}), "junk"...), "initramfs test: byte 236: " + ErrJunk.Error()},
		{gzipped(append(ended(file{name: "a"}), "junk"...)), "initramfs test: byte 236 of the gzip data, decompressed: " + ErrJunk.Error()},
	} {
		if _, err := entries(test.image); err == nil || err.Error() != test.want {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// TestMethods unpacks what each program packs, with another archive behind it
// where the format says where it ends.
func TestMethods(t *testing.T) {
	var files []file
	var want []entryOf
	for i := range 40 {
		f := file{name: strings.Repeat("n", i+1), content: strings.Repeat("0123456789", i*i)}
		files, want = append(files, f), append(want, entryOf{f.name, 0o644, f.content})
	}
	large := ended(files...)
	// What cannot be compressed goes through as it is, in other kinds of blocks.
	noise := make([]byte, 300<<10)
	state := uint32(1)
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	large = append(large, ended(file{name: "noise", content: string(noise)})...)
	want = append(want, entryOf{"noise", 0o644, string(noise)})
	for _, test := range []struct {
		args   []string
		closed bool // says where it ends
	}{
		{[]string{"gzip", "-9c"}, true},
		{[]string{"bzip2", "-c"}, false},
		{[]string{"zstd", "-qc"}, true},
		{[]string{"zstd", "-qc", "-19", "--check", "--long"}, true},
		{[]string{"zstd", "-qc", "-1", "--no-check"}, true},
		{[]string{"zstd", "-qc", "-T0", "--content-size"}, true},
		{[]string{"xz", "--check=crc32", "-c"}, true},
		{[]string{"xz", "--check=none", "-c", "-0"}, true},
		{[]string{"xz", "--check=sha256", "-c", "--x86", "--lzma2=preset=1"}, true},
		{[]string{"xz", "--threads=2", "--block-size=65536", "-c"}, true},
		{[]string{"lz4", "-lc"}, true},
		{[]string{"lz4", "-9lc"}, true},
		{[]string{"lzma", "-c"}, false},
		{[]string{"lzop", "-c"}, false},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			large, want := large, want
			if test.args[0] == "lz4" { // its blocks are 8 MiB
				zeroes := strings.Repeat("\x00", 9<<20)
				large = append(large[:len(large):len(large)], ended(file{name: "zeroes", content: zeroes})...)
				want = append(want[:len(want):len(want)], entryOf{"zeroes", 0o644, zeroes})
			}
			image := packed(t, large, test.args...)
			if test.closed {
				last := file{name: "last", content: "of all"}
				image = append(image, make([]byte, 8)...)
				image = append(append(image, gzipped(ended(last))...), packed(t, ended(last), test.args...)...)
				want = append(want[:len(want):len(want)], entryOf{"last", 0o644, "of all"}, entryOf{"last", 0o644, "of all"})
			}
			got, err := entries(image)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%.2000s", diff)
			}
			// Cut anywhere, it is an error and ends.
			for _, at := range []int{3, 7, 20, len(image) / 2, len(image) - 60} {
				if _, err := entries(image[:at]); err == nil {
					t.Errorf("cut at %d: no error", at)
				}
			}
		})
	}
}

// TestMissingProgram wants the name of the program that is to be installed.
func TestMissingProgram(t *testing.T) {
	m := method{name: "zstd", args: []string{"no-such-program-of-xen", "-dc"}}
	_, err := m.open(t.Context(), newInput(strings.NewReader("\x28\xb5\x2f\xfd"), "", nil))
	var missing *MissingProgramError
	if !errors.As(err, &missing) || missing.Program != "no-such-program-of-xen" {
		t.Errorf("%v", err)
	}
	in := newInput(strings.NewReader(""), "", nil)
	if fault := in.fault(err); !errors.As(fault, &missing) || fault != err {
		t.Errorf("%v, want it as it is", fault)
	}
}

// TestWithoutXZ reads a stream of xz where the program is missing, and leaves what follows it.
func TestWithoutXZ(t *testing.T) {
	content := strings.Repeat("a", 1<<20)
	stream := packed(t, []byte(content), "xz", "-c", "--check=crc32", "--x86", "--lzma2=dict=1MiB")
	m, _ := methodOf(stream[:longestMagic])
	m.args = []string{"no-such-program-of-xen", "-dc"}
	in := newInput(io.MultiReader(bytes.NewReader(stream), strings.NewReader("more")), "", nil)
	u, err := m.open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(u)
	if err := errors.Join(err, u.rest(), u.Close()); err != nil || string(got) != content {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if rest, err := io.ReadAll(in); err != nil || string(rest) != "more" {
		t.Errorf("%q follows, %v", rest, err)
	}
}

// TestVisitEndsTheWalk wants the error of visit, and nothing left running.
func TestVisitEndsTheWalk(t *testing.T) {
	enough := errors.New("enough")
	image := packed(t, ended(file{name: "a"}, file{name: "b", content: strings.Repeat("b", 1<<20)}), "zstd", "-qc")
	seen := 0
	err := named("x", each(t.Context(), bytes.NewReader(image), func(Entry, io.Reader) error {
		seen++
		return enough
	}))
	if !errors.Is(err, enough) || seen != 1 || err.Error() != "initramfs x: enough" {
		t.Errorf("%v after %d entries", err, seen)
	}
}

func TestReadOpens(t *testing.T) {
	root := t.TempDir()
	fsys := sysfs.New(root)
	if _, err := Read(t.Context(), fsys, "/boot/initrd.img"); !sysfs.IsNotExist(err) {
		t.Errorf("%v", err)
	}
	if err := os.Mkdir(filepath.Join(root, "boot"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), fsys, "/boot"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "boot/initrd.img"), ended(file{name: "a"}), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), fsys, "/boot/initrd.img"); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, fsys, "/boot/initrd.img"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// each calls visit for each entry of an image.
func each(ctx context.Context, image io.Reader, visit Visit) error {
	return newWalk(ctx, visit, func() {}).image(image)
}

// endless repeats some bytes.
type endless struct {
	piece []byte
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], e.piece[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.piece)
	}
	return n, nil
}

// TestBounds reads what never ends.
func TestBounds(t *testing.T) {
	none := func(Entry, io.Reader) error { return nil }
	for name, piece := range map[string][]byte{
		"entries":             newc(file{name: "a"}),
		"compressed archives": gzipped(ended(file{name: "a"})),
	} {
		if err := each(t.Context(), &endless{piece: piece}, none); !errors.Is(err, ErrBound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWalk(t.Context(), none, func() {})
	w.budget = 1 << 20
	if err := w.image(bytes.NewReader(gzipped(make([]byte, 2<<20)))); !errors.Is(err, ErrBound) {
		t.Errorf("unpacked: %v", err)
	}
	w = newWalk(t.Context(), none, func() {})
	w.packed = 1 << 20
	if err := w.image(&endless{piece: make([]byte, 4<<10)}); !errors.Is(err, ErrBound) {
		t.Errorf("zeroes: %v", err)
	}
}

// FuzzImage wants an end, and no program for what is no archive.
func FuzzImage(f *testing.F) {
	f.Fuzz(func(t *testing.T, image []byte) {
		if _, ok := methodOf(image[:min(len(image), longestMagic)]); ok && !bytes.HasPrefix(image, []byte("\x1f\x8b")) {
			t.Skip("a program would run")
		}
		found, err := entries(image)
		for _, e := range found {
			if strings.HasPrefix(e.Name, "/") || strings.HasPrefix(e.Name, "./") || strings.HasPrefix(e.Name, "../") || e.Name == "" {
				t.Errorf("name %q", e.Name)
			}
		}
		read, readErr := read(t.Context(), bytes.NewReader(image), kept[:])
		if (err == nil) != (readErr == nil) {
			t.Errorf("%v, and %v", err, readErr)
		}
		if readErr == nil {
			for _, name := range read.Names() {
				read.Entry(name)
				read.File(name)
			}
			read.Modprobe()
			read.Releases()
			read.Scripts("init-top")
			read.Maker()
		}
	})
}

// FuzzFrames wants from each format's sizes that they lead to an end, and that
// what is given away is the beginning of what is there.
func FuzzFrames(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		formats := []func(*input) io.Reader{zstdFrame, xzStream, lz4Legacy}
		got, _ := io.ReadAll(formats[int(kind)%len(formats)](newInput(bytes.NewReader(data), "", nil)))
		if !bytes.HasPrefix(data, got) {
			t.Errorf("%q of %q", got, data)
		}
	})
}
