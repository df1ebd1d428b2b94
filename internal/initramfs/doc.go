// Package initramfs reads initramfs images as the kernel does. It returns the
// contents that decide which driver gets a PCI device first: modules, files of
// modprobe.d, and scripts. It also knows the programs that make such images, and
// the names of their images.
//
// The format is described in init/initramfs.c and Documentation/driver-api/
// early-userspace/buffer-format.rst: a sequence of archives in cpio's newc or crc
// format, each plain or compressed, with zero bytes between them. An image is read
// from beginning to end and never held in memory as a whole.
//
// gzip is decompressed by this package. For other formats it runs the system's own
// program, which a system that makes such images has.
package initramfs

import "time"

// Bounds on an image. Debian 13's images with all modules have 3,000 entries and
// 300 MB.
const (
	maxEntries  = 1 << 18
	maxName     = 4096     // PATH_MAX: the kernel skips entries with a longer name or link target
	maxPacked   = 4 << 30  // bytes of the image
	maxUnpacked = 4 << 30  // bytes of all archives, unpacked
	maxArchives = 256      // compressed ones
	maxKept     = 64 << 20 // bytes of files that are kept
	maxNames    = 64 << 20 // bytes of all names and link targets
	maxSteps    = 1 << 30  // bytes of names that are resolved to follow links
)

// unpackTime is how long a program may take to decompress one archive. An emulated
// machine takes a minute for a large one.
const unpackTime = 5 * time.Minute
