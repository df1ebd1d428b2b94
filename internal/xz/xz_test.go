package xz_test

import (
	"bytes"
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
				got, err := io.ReadAll(xz.NewReader(bytes.NewReader(pack(t, content, strings.Fields(options)...))))
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
	got, err := io.ReadAll(xz.NewReader(bytes.NewReader(pack(t, content))))
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
		got, err := io.ReadAll(xz.NewReader(bytes.NewReader(packed[:at])))
		if err == nil && !bytes.Equal(got, content) {
			t.Errorf("cut at %d: %d bytes and no error", at, len(got))
		}
		changed := bytes.Clone(packed)
		changed[at] ^= 0x55
		if got, err = io.ReadAll(xz.NewReader(bytes.NewReader(changed))); err == nil && !bytes.Equal(got, content) {
			t.Errorf("byte %d: %d other bytes and no error", at, len(got))
		}
	}
}

// TestLargeDictionary has a header that names a dictionary of 4 GiB, for which no memory is taken.
func TestLargeDictionary(t *testing.T) {
	packed := pack(t, code(4<<20), "--lzma2=dict=1MiB")
	at := bytes.Index(packed, []byte{0x21, 1}) // the filter, and the size of its properties
	const largest = 40
	packed[at+2] = largest
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := io.Copy(io.Discard, xz.NewReader(bytes.NewReader(packed)))
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; err != nil || n != 4<<20 || allocated > 64<<20 {
		t.Errorf("%d bytes and %v, for which %d bytes were allocated", n, err, allocated)
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
		n, err := io.Copy(io.Discard, io.LimitReader(xz.NewReader(bytes.NewReader(packed)), limit))
		if err != nil && !errors.Is(err, xz.ErrFormat) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}
