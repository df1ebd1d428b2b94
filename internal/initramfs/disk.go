package initramfs

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Where the file systems that the kernel loads as an initrd have their magic numbers
// (init/do_mounts_rd.c).
const (
	extMagicAt, extMagic       = 1024 + 56, 0xef53
	minixMagicAt               = 1024 + 16
	minixMagic1, minixMagic2   = 0x137f, 0x138f
	cramfsMagic                = 0x28cd3d45
	diskHead                   = 1024 + 64
	romfsMagic, squashfsMagic  = "-rom1fs-", "hsqs"
	gzipMagic0, gzipMagic1Byte = 0x1f, 0x8b
)

// Disk returns the file system of an image that is an initrd: a disk whose /linuxrc the
// kernel runs, not an initramfs. It looks into gzip. ok is false for any other file.
func Disk(fsys sysfs.FS, name string) (filesystem string, ok bool, err error) {
	file, err := fsys.Open(name)
	if err != nil {
		return "", false, fmt.Errorf("initramfs: %w", err)
	}
	defer file.Close()
	head, _ := io.ReadAll(io.LimitReader(file, diskHead)) // a shorter file is no disk
	if len(head) > 1 && head[0] == gzipMagic0 && head[1] == gzipMagic1Byte {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return "", false, fmt.Errorf("initramfs: %w", err)
		}
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			return "", false, nil //nolint:nilerr // no disk
		}
		head, _ = io.ReadAll(io.LimitReader(unpacked, diskHead))
	}
	filesystem = diskOf(head)
	return filesystem, filesystem != "", nil
}

func diskOf(head []byte) string {
	if len(head) < diskHead {
		return ""
	}
	switch {
	case string(head[:len(romfsMagic)]) == romfsMagic:
		return "romfs"
	case string(head[:len(squashfsMagic)]) == squashfsMagic:
		return "squashfs"
	case binary.LittleEndian.Uint32(head) == cramfsMagic:
		return "cramfs"
	case binary.LittleEndian.Uint16(head[extMagicAt:]) == extMagic:
		return "ext2"
	}
	if magic := binary.LittleEndian.Uint16(head[minixMagicAt:]); magic == minixMagic1 || magic == minixMagic2 {
		return "minix"
	}
	return ""
}
