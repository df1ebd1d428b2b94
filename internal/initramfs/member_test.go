package initramfs

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	micro := ended(file{name: "kernel", mode: folder}, file{name: microcodeDir + "/GenuineIntel.bin", content: "code"}, file{name: microcodeDir + "/AuthenticAMD.bin"})
	more := ended(file{name: "kernel/firmware/acpi/dsdt.aml"})
	plain, packed := ended(file{name: "init"}), gzipped(slices.Concat(ended(file{name: "init"}, file{name: "etc", mode: folder}), ended(file{name: "bin"})))
	zeroes := make([]byte, 512)
	for _, test := range []struct {
		name  string
		image []byte
		want  []Member
	}{
		{"one", plain, []Member{{Entries: 1}}},
		{"microcode before", slices.Concat(micro, packed), []Member{
			{Entries: 3, Microcode: []string{"GenuineIntel", "AuthenticAMD"}}, {Offset: int64(len(micro)), Compression: "gzip", Entries: 3},
		}},
		{"two plain ones and zeroes", slices.Concat(micro, zeroes, more, zeroes, packed), []Member{
			{Entries: 3, Microcode: []string{"GenuineIntel", "AuthenticAMD"}},
			{Offset: int64(len(micro) + 512), Entries: 1},
			{Offset: int64(len(micro) + 512 + len(more) + 512), Compression: "gzip", Entries: 3},
		}},
		{"one after a compressed one", slices.Concat(packed, packed), []Member{
			{Compression: "gzip", Entries: 3}, {Offset: int64(len(packed)), Compression: "gzip", Entries: 3},
		}},
		{"microcode that is compressed", gzipped(micro), []Member{{Compression: "gzip", Entries: 3, Microcode: []string{"GenuineIntel", "AuthenticAMD"}}}},
		{"without a trailer", newc(file{name: "init"}), []Member{{Entries: 1}}},
		{"nothing", zeroes, nil},
	} {
		members := mustRead(t, test.image).Members()
		if diff := cmp.Diff(test.want, members); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if (Member{Compression: "gzip", Microcode: []string{"GenuineIntel"}}).Early() || !(Member{Microcode: []string{"GenuineIntel"}}).Early() {
		t.Error("only microcode that is not compressed is early")
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	with := func(at int, magic ...byte) []byte {
		b := make([]byte, 4096)
		copy(b[at:], magic)
		return b
	}
	ext := with(extMagicAt, 0x53, 0xef)
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"ext2", ext, "ext2"},
		{"ext2 in gzip", packedDisk(t, ext), "ext2"},
		{"minix", with(minixMagicAt, 0x8f, 0x13), "minix"},
		{"romfs", with(0, []byte(romfsMagic)...), "romfs"},
		{"squashfs", with(0, []byte(squashfsMagic)...), "squashfs"},
		{"cramfs", with(0, 0x45, 0x3d, 0xcd, 0x28), "cramfs"},
		{"an initramfs", gzipped(ended(file{name: "init"})), ""},
		{"short", []byte("-rom1fs-"), ""},
		{"cut gzip", []byte("\x1f\x8b"), ""},
		{"empty", nil, ""},
	} {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, "initrd"), test.content, 0o644); err != nil {
			t.Fatal(err)
		}
		got, ok, err := Disk(sysfs.New(root), "/initrd")
		if got != test.want || ok != (test.want != "") || err != nil {
			t.Errorf("%s: %q, %v, %v", test.name, got, ok, err)
		}
	}
}

func packedDisk(t *testing.T, disk []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(disk); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
