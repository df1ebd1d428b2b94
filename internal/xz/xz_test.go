package xz_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/xz"
)

// pack compresses a text with the program xz.
func pack(t testing.TB, content []byte, options ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skipf("%v (test/packages.txt names what the tests need)", err)
	}
	cmd := exec.CommandContext(t.Context(), "xz", append([]string{"-c"}, options...)...)
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// code is something like a program: calls of a few functions from many places, and other bytes.
func code(size int) []byte {
	var b []byte
	for x := uint32(1); len(b) < size; {
		x = x*1664525 + 1013904223
		next := uint32(len(b)) + 5
		switch x >> 28 {
		case 0, 1, 2, 3:
			target := 0x1000*(x>>20&7) - next
			b = append(b, 0xe8+byte(x>>27&1), byte(target), byte(target>>8), byte(target>>16), byte(target>>24))
		case 4:
			b = append(b, 0xe8, 0xe9, 0xff, 0x00, 0xe8)
		case 5:
			b = append(b, bytes.Repeat([]byte{byte(x >> 8)}, int(x>>16&0xff))...)
		default:
			b = append(b, byte(x>>24), byte(x>>20))
		}
	}
	return b[:size]
}

// TestReader compares with the program xz: with sizes around those of chunks, and options that kernels and
// initramfs images are compressed with.
func TestReader(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("the quick brown fox jumps over the lazy dog\n", 2000))
	for name, content := range map[string][]byte{"empty": {}, "one byte": {7}, "text": text, "code": code(1 << 20), "large": append(code(3<<20), make([]byte, 3<<20)...)} {
		for _, options := range []string{
			"-0", "-6", "--check=none", "--check=crc32", "--check=sha256", "--x86 --lzma2=dict=32MiB", "--check=crc32 --x86 --lzma2=dict=128MiB",
			"--lzma2=dict=4KiB", "--lzma2=lc=0,lp=4,pb=4", "--lzma2=lc=1,lp=2,pb=0", "--block-size=100000", "-T2 --block-size=300000 --x86 --lzma2=preset=1",
		} {
			t.Run(name+" "+options, func(t *testing.T) {
				t.Parallel()
				got, err := io.ReadAll(xz.NewReader(t.Context(), bytes.NewReader(pack(t, content, strings.Fields(options)...))))
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("%d bytes of %d, %v", len(got), len(content), err)
				}
			})
		}
	}
}

// TestRandom has data that does not become smaller, which is stored in chunks as it is.
func TestRandom(t *testing.T) {
	t.Parallel()
	content := make([]byte, 1<<18)
	for i, x := 0, uint64(88172645463325252); i < len(content); i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		content[i] = byte(x)
	}
	got, err := io.ReadAll(xz.NewReader(t.Context(), bytes.NewReader(pack(t, content))))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestMalformed changes and cuts a file: each is an error, or the same content.
func TestMalformed(t *testing.T) {
	t.Parallel()
	content := code(5000)
	packed := pack(t, content, "--check=crc32", "--x86", "--lzma2=dict=64KiB")
	for at := range packed {
		got, err := io.ReadAll(xz.NewReader(t.Context(), bytes.NewReader(packed[:at])))
		if err == nil && !bytes.Equal(got, content) {
			t.Errorf("cut at %d: %d bytes and no error", at, len(got))
		}
		changed := bytes.Clone(packed)
		changed[at] ^= 0x55
		if got, err = io.ReadAll(xz.NewReader(t.Context(), bytes.NewReader(changed))); err == nil && !bytes.Equal(got, content) {
			t.Errorf("byte %d: %d other bytes and no error", at, len(got))
		}
	}
}

// TestHostileDictionary has headers that name a dictionary of 4 GiB. A short file takes little memory, and
// a long one of many blocks takes that of the window once.
func TestHostileDictionary(t *testing.T) {
	for _, test := range []struct {
		name    string
		content []byte
		options []string
		most    uint64
	}{
		{"short", code(4 << 20), nil, 16 << 20},
		{"long", make([]byte, 5*xz.Window), []string{"--block-size=150MiB"}, 4 * xz.Window},
		{"many blocks", make([]byte, 8<<20), []string{"--block-size=4096"}, 4 << 20},
	} {
		packed := pack(t, test.content, append(test.options, "--lzma2=preset=0")...)
		hostile := []byte{0x21, 1, 40} // the filter, the size of its properties, the dictionary
		packed = bytes.ReplaceAll(packed, []byte{0x21, 1, 12}, hostile)
		if !bytes.Contains(packed, hostile) {
			t.Fatalf("%s: no header has the dictionary of the preset", test.name)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := io.Copy(io.Discard, xz.NewReader(t.Context(), bytes.NewReader(packed)))
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err != nil || n != int64(len(test.content)) || allocated > test.most {
			t.Errorf("%s: %d bytes and %v, for which %d bytes were allocated, want at most %d", test.name, n, err, allocated, test.most)
		}
	}
}

// TestEnded stops in the midst of a stream when nobody waits any more.
func TestEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := xz.NewReader(ctx, bytes.NewReader(pack(t, code(6<<20), "-0")))
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) || n > 4<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestWindow has a match that refers further back than the dictionary that the header names.
func TestWindow(t *testing.T) {
	t.Parallel()
	block := make([]byte, 1<<16)
	for i, x := 0, uint32(1); i < len(block); i++ {
		x = x*1664525 + 1013904223
		block[i] = byte(x >> 24)
	}
	packed := pack(t, append(bytes.Clone(block), block...), "--lzma2=dict=1MiB")
	at := bytes.Index(packed, []byte{0x21, 1})
	packed[at+2] = 0 // 4 KiB
	if n, err := io.Copy(io.Discard, xz.NewReader(t.Context(), bytes.NewReader(packed))); !errors.Is(err, xz.ErrFormat) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// BenchmarkReader decompresses what is as large as a small kernel, with a dictionary as the kernel's.
func BenchmarkReader(b *testing.B) {
	const size = 24 << 20
	packed := pack(b, code(size), "--check=crc32", "--x86", "--lzma2=preset=0,dict=128MiB")
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Copy(io.Discard, xz.NewReader(b.Context(), bytes.NewReader(packed))); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzReader reads anything, in bounded time and memory.
func FuzzReader(f *testing.F) {
	for _, text := range []string{
		"fd377a585a0000016922de36020021010800000000d80f231301000468656c6c6f0000000086a6103601190505000000f0edc2b090420d990001",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	if _, err := exec.LookPath("xz"); err == nil {
		f.Add(pack(f, code(2000), "--x86", "--lzma2=dict=64KiB"))
		f.Add(pack(f, []byte("text"), "--check=none"))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 8 << 20
		n, err := io.Copy(io.Discard, io.LimitReader(xz.NewReader(t.Context(), bytes.NewReader(packed)), limit))
		if err != nil && !errors.Is(err, xz.ErrFormat) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}
