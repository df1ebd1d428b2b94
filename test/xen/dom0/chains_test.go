//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The devices of the host on which disks and networks are put together in all
// ways. Those called spare have nothing to do.
const (
	screen     = "0000:00:02.0" // a display that no firmware knows
	physical   = "0000:01:00.0" // an NVMe controller that can have virtual functions
	virtual    = "0000:01:00.1"
	virtual2   = "0000:01:00.2"
	nvmeLeg    = "0000:02:00.0"
	scsi       = "0000:00:05.0"
	crypted    = "0000:00:06.0"
	guests     = "0000:00:07.0"
	cache      = "0000:00:08.0"
	memory     = "0000:00:09.0" // where compressed memory goes
	elsewhere  = "0000:00:0a.0"
	spareDisk  = "0000:00:1a.0"
	sticks     = "0000:00:0c.0" // the USB controller with a disk
	near       = "0000:00:10.0" // on one wire with far
	far        = "0000:00:11.0"
	tagged     = "0000:00:12.0"
	parent     = "0000:00:13.0"
	switched   = "0000:00:14.0"
	switched2  = "0000:00:15.0"
	teamed     = "0000:00:16.0"
	bridged    = "0000:00:17.0"
	spareCard  = "0000:00:18.0"
	sata       = "0000:00:1f.2"
	waitOfDisk = 30 * time.Second
)

// diskBehind returns the kernel's name of the disk that a PCI function has, once
// it is there.
func diskBehind(t *testing.T, address string) (name string) {
	t.Helper()
	eventually(t, "a disk behind "+address, waitOfDisk, func() bool {
		links, _ := filepath.Glob("/sys/class/block/*")
		for _, link := range links {
			home, _ := os.Readlink(link)
			_, err := os.Stat(link + "/partition")
			if strings.Contains(home, "/"+address+"/") && err != nil {
				name = filepath.Base(link)
			}
		}
		return name != ""
	})
	return name
}

// held is a device and what the guard is to say of it.
type held struct {
	name, address string
	level         string   // "refuse" or "warn"; "" of a device that is free
	sentences     []string // how each begins
}

// wantHeld fails the test unless the guard says all that, and refuses what it is
// to refuse.
func wantHeld(t *testing.T, rows []held) {
	t.Helper()
	found := make(map[string]verdict)
	for _, v := range verdicts(t) {
		found[v.Address] = v
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			v := found[row.address]
			if row.level == "" {
				begin(t, row.address)
				if needed := having(v.Findings, "refuse", "warn"); len(needed) > 0 {
					t.Errorf("%s is free, and yet: %q", row.address, needed)
				}
				xenpci(t, done, "hide", row.address)
				wantHidden(t, row.address)
				return
			}
			for _, text := range row.sentences {
				wantSentence(t, v.Findings, row.level, []string{text})
			}
			if row.level == "refuse" {
				wantLeft(t, row.address, v.Findings)
			} else if v.Hide.Verdict == "refused" {
				t.Errorf("%s is refused: %q", row.address, v.Findings)
			}
		})
	}
}

// mountAs is mount for a file system of any kind, with its options.
func mountAs(t *testing.T, kind, source, place, options string) {
	t.Helper()
	if err := os.MkdirAll(place, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"mount", "-t", kind, source, place}
	if options != "" {
		args = append(args, "-o", options)
	}
	must(t, args...)
	t.Cleanup(func() { must(t, "umount", place) })
}
