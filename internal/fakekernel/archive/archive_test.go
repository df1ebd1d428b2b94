package archive_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/test/scratch"
)

const sample = `-- etc/hostname --
xen
-- run/ --
-- sys/bus/pci/devices/0000:00:09.0 -> ../../../devices/pci0000:00/0000:00:09.0 --
-- sys/bus/pci/rescan (0200) --
-- sys/devices/pci0000:00/0000:00:09.0/config (hex 0644) --
b7 10 55 90 07 00 10 02 30 00 00 02 00 00 00 00
01
-- sys/devices/pci0000:00/0000:00:09.0/vendor --
0x10b7
`

// TestUnpackAndPack wants the archive back from its tree.
func TestUnpackAndPack(t *testing.T) {
	want, err := archive.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	dir := scratch.Dir(t)
	if err := archive.Unpack(want, dir); err != nil {
		t.Fatal(err)
	}
	got, err := archive.Pack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnpackStaysInside: links that each stay inside, and lead out together.
func TestUnpackStaysInside(t *testing.T) {
	outside := scratch.Dir(t)
	inside := filepath.Join(outside, "a", "b")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	first := archive.Archive{Entries: []archive.Entry{{Path: "d/e", Dir: true}, {Path: "d/e/up", Target: "../.."}, {Path: "l", Target: "d/e/up/.."}}}
	_ = archive.Unpack(first, inside) // whether or not such a link is refused
	second := archive.Archive{Entries: []archive.Entry{{Path: "l/evil", Mode: 0o644, Data: []byte("x\n")}}}
	_ = archive.Unpack(second, inside)
	if _, err := os.Stat(filepath.Join(outside, "a", "evil")); err == nil {
		t.Error("a file was written outside")
	}
}
