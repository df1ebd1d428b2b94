package initramfs

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Member is one of the archives that an image consists of.
type Member struct {
	Offset      int64    // of its first byte in the image
	Compression string   // "zstd"; "" for none
	Entries     int      // files, folders, links and devices
	Microcode   []string // the processors' makers for which it has early microcode: "GenuineIntel"
	Added       bool     // it was added (PlanAdd)
	Names       []string // if it was added: its files and links
}

// microcodeDir is where the kernel and Xen look for microcode before they unpack
// anything, in archives that are not compressed (Documentation/arch/x86/microcode.rst).
const microcodeDir = "kernel/x86/microcode"

// Early reports whether the member has microcode that is loaded before the image is
// unpacked.
func (m Member) Early() bool { return m.Compression == "" && len(m.Microcode) > 0 }

// add counts an entry.
func (m *Member) add(name string, mode fs.FileMode) {
	m.Entries++
	if m.Added && !mode.IsDir() {
		m.Names = append(m.Names, name)
	}
	maker, is := strings.CutSuffix(path.Base(name), ".bin")
	if is && path.Dir(name) == microcodeDir && !slices.Contains(m.Microcode, maker) && len(m.Microcode) < 2 {
		m.Microcode = append(m.Microcode, maker)
	}
}

// begin notes that a member begins.
func (w *walk) begin(m Member) {
	w.members = append(w.members, m)
	w.within = true
}

// Members returns the archives of the image, in their order.
func (i *Image) Members() []Member { return i.members }
