// Package initramfs reads initramfs images as the kernel does, and says what
// in them decides who gets a PCI device first: which modules, which files of
// modprobe.d, which scripts. It also knows which programs make such images, and
// what they call them.
//
// An image is what init/initramfs.c and Documentation/driver-api/
// early-userspace/buffer-format.rst say: archives of cpio's newc or crc format
// one behind the other, each as it is or compressed, with zeroes between them.
// The whole is read once, from its beginning, and never in memory as a whole.
//
// gzip is unpacked here. For the others the system's own program runs, which
// whoever made the image has.
package initramfs

import "time"

// Bounds of what is read. Debian 13's images with all modules have 3,000
// entries and 300 MB.
const (
	maxEntries  = 1 << 18
	maxName     = 4096     // PATH_MAX: the kernel skips what has a longer name, or a link to one
	maxPacked   = 4 << 30  // bytes of the image
	maxUnpacked = 4 << 30  // bytes of all archives, unpacked
	maxArchives = 256      // compressed ones
	maxKept     = 64 << 20 // bytes of files that are kept
	maxNames    = 64 << 20 // bytes of all names and targets of links
	maxSteps    = 1 << 30  // bytes of names that are looked at to follow links
)

// unpackTime is what the program that unpacks one archive has for it: an
// emulated machine takes a minute for a large one.
const unpackTime = 5 * time.Minute
