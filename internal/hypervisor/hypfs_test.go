package hypervisor

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hypfsAnswer is a file as Xen returns it.
func hypfsAnswer(kind, encoding byte, content []byte) []byte {
	b := make([]byte, direntrySize, direntrySize+len(content))
	b[0], b[1] = kind, encoding
	binary.NativeEndian.PutUint32(b[4:], uint32(len(content)))
	return append(b, content...)
}

// hypfsFolder is a folder as Xen returns it: names that end in "/" are folders.
func hypfsFolder(names ...string) []byte {
	var content []byte
	for i, name := range names {
		e := make([]byte, listedName)
		if e[0] = hypfsString; strings.HasSuffix(name, "/") {
			e[0] = hypfsDir
		}
		e = append(e, strings.TrimSuffix(name, "/")+"\x00"...)
		e = append(e, make([]byte, -len(e)&3)...)
		if i < len(names)-1 {
			binary.NativeEndian.PutUint16(e[listedNext:], uint16(len(e)))
		}
		content = append(content, e...)
	}
	return hypfsAnswer(hypfsDir, 0, content)
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (x *fakeXen) doHypfs(args []uint64) syscall.Errno {
	answer, found := x.hypfs[string(x.memory[args[1]:][:args[2]-1])]
	if x.hypfs == nil {
		return syscall.ENOSYS
	}
	if !found {
		return syscall.ENOENT
	}
	copy(x.memory[args[3]:][:args[4]], answer)
	return 0
}

func TestHypfs(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	r := on(x)
	if _, err := r.HypfsFile("/buildinfo/config"); !errors.Is(err, syscall.ENOSYS) {
		t.Errorf("a Xen without it: %v", err)
	}
	x.hypfs = map[string][]byte{
		"/buildinfo/config":         hypfsAnswer(hypfsString, hypfsGzip, packed(t, "CONFIG_PVH_GUEST=y\n")),
		"/params":                   hypfsFolder("pv", "pcid", "gnttab_max_frames", "minus", "more/"),
		"/params/pv":                hypfsAnswer(hypfsBool, 0, []byte{1}),
		"/params/pcid":              hypfsAnswer(hypfsString, 0, []byte("xpti\x00")),
		"/params/gnttab_max_frames": hypfsAnswer(hypfsUint, 0, binary.NativeEndian.AppendUint32(nil, 64)),
		"/params/minus":             hypfsAnswer(hypfsInt, 0, binary.NativeEndian.AppendUint32(nil, 0xffffffff)),
	}
	if text, err := r.HypfsFile("/buildinfo/config"); text != "CONFIG_PVH_GUEST=y\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	all, err := r.Parameters()
	want := []Parameter{{"pv", "true"}, {"pcid", "xpti"}, {"gnttab_max_frames", "64"}, {"minus", "-1"}}
	if diff := cmp.Diff(want, all); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// FuzzHypfs: whatever Xen returns, it is text, names or an error.
func FuzzHypfs(f *testing.F) {
	f.Add(hypfsFolder("a", "b/"))
	f.Add(hypfsAnswer(hypfsInt, 0, []byte{0xff}))
	f.Add(hypfsAnswer(hypfsBlob, hypfsGzip, []byte{0x1f, 0x8b, 8}))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if text, err := hypfsText(answer); err == nil && len(text) > max(hypfsLimit, len(answer)+8) {
			t.Errorf("%d bytes", len(text))
		}
		names, err := hypfsNames(answer)
		if err != nil && names != nil {
			t.Errorf("%q beside %v", names, err)
		}
		for _, name := range names {
			if name == "" || strings.Contains(name, "\x00") {
				t.Errorf("%q", name)
			}
		}
	})
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.physinfo = HVM | IOMMU
	if c, err := on(x).Capabilities(); c != HVM|IOMMU || err != nil {
		t.Errorf("%#x, %v", c, err)
	}
	x.version = 0x12
	if _, err := on(x).Capabilities(); !errors.Is(err, ErrOld) {
		t.Errorf("%v", err)
	}
}
