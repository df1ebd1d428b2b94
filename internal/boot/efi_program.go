package boot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// efiProgram is what an EFI program is, as far as it matters for hiding.
type efiProgram uint8

const (
	efiOther   efiProgram = iota // neither Xen nor a program that may start it
	efiXen                       // Xen, which reads its configuration from a file
	efiUnified                   // Xen with its configuration in the file itself
	efiLoader                    // a boot loader with a menu of its own, or shim
)

// efiFolders are where the EFI system partition is mounted, and where GRUB's own file system
// is: a path of GRUB is below one of them.
var efiFolders = [...]string{"/boot/efi", "/efi", "/boot", ""}

// findEFIProgram finds the file of an EFI program by GRUB's path and reads what it is. The
// error has fs.ErrNotExist in its chain if there is no such file.
func findEFIProgram(f sysfs.FS, file string) (efiProgram, error) {
	file = grubPath(file)
	for _, folder := range efiFolders {
		program, err := readEFIProgram(f, folder+file)
		if !errors.Is(err, fs.ErrNotExist) {
			return program, err
		}
	}
	return efiOther, fs.ErrNotExist
}

// grubPath returns a path of GRUB without the device before it.
func grubPath(file string) string {
	file = strings.ReplaceAll(file, `\`, "/")
	return path.Clean("/" + file[strings.LastIndexByte(file, ')')+1:])
}

func readEFIProgram(f sysfs.FS, name string) (efiProgram, error) {
	file, err := f.Open(name)
	if err != nil {
		return efiOther, err
	}
	defer file.Close()
	return identify(file)
}

// maxEFIProgram is how much of a program is read, in bytes. A unified image has a kernel and
// an initramfs in it.
const maxEFIProgram = 512 << 20

// errLargeProgram means that a program was not read to its end.
var errLargeProgram = errors.New("it is too large")

// xenMark is what every build of Xen prints first (xen/drivers/char/console.c).
var xenMark = []byte("Xen version %d.%d")

// identify reads what a program is.
func identify(file io.ReaderAt) (efiProgram, error) {
	sections, err := readSections(file)
	if err != nil || sections == nil {
		return efiOther, err
	}
	has := func(name string) bool {
		return slices.ContainsFunc(sections, func(s section) bool { return s.name == name })
	}
	// A unified image of Xen (docs/misc/efi.pandoc).
	if has(".config") && has(".kernel") {
		return efiUnified, nil
	}
	switch found, err := contains(file, xenMark); {
	case err != nil:
		return efiOther, err
	case found && has(".linux"): // systemd-stub starts it with the command line of a section
		return efiUnified, nil
	case found:
		return efiXen, nil
	}
	if slices.ContainsFunc(sections, func(s section) bool { return s.marksLoader(file) }) {
		return efiLoader, nil
	}
	return efiOther, nil
}

// marksLoader reports whether a section is one that only a boot loader has: GRUB's modules;
// what systemd-boot says about itself; or an SBAT section with the component shim, grub or
// refind, the first word of a line (SBAT.md of shim).
func (s section) marksLoader(file io.ReaderAt) bool {
	switch s.name {
	case "mods":
		return true
	case ".sdmagic":
		return bytes.Contains(s.read(file), []byte("LoaderInfo: systemd-boot"))
	case ".sbat":
		for line := range strings.Lines(string(s.read(file))) {
			if name, _, _ := strings.Cut(line, ","); slices.Contains([]string{"shim", "grub", "refind"}, name) {
				return true
			}
		}
	}
	return false
}

// section is a part of an EFI program.
type section struct {
	name         string
	offset, size uint32 // in the file, in bytes
}

// maxSection is how much of a section is read, in bytes.
const maxSection = 64 << 10

// read returns the beginning of the section, or nothing.
func (s section) read(file io.ReaderAt) []byte {
	content := make([]byte, min(s.size, maxSection))
	n, _ := file.ReadAt(content, int64(s.offset))
	return content[:n]
}

// maxSections is the largest number of sections that Linux and EDK II take in an image.
const maxSections = 96

// readSections returns the sections of an EFI program, which has the format PE; none if the
// file has another format.
func readSections(file io.ReaderAt) ([]section, error) {
	const (
		headerAt = 0x3c // where the offset of the header is
		fixed    = 24   // bytes of the signature and the header, before the optional header
		entry    = 40   // bytes of a section's
	)
	read := func(at int64, n int) ([]byte, error) {
		b := make([]byte, n)
		got, err := file.ReadAt(b, at)
		if got < n && errors.Is(err, io.EOF) {
			return nil, nil
		}
		if got == n {
			err = nil
		}
		return b, err
	}
	dos, err := read(0, headerAt+4)
	if err != nil || dos == nil || dos[0] != 'M' || dos[1] != 'Z' {
		return nil, err
	}
	at := int64(binary.LittleEndian.Uint32(dos[headerAt:]))
	header, err := read(at, fixed)
	if err != nil || header == nil || !bytes.HasPrefix(header, []byte("PE\x00\x00")) {
		return nil, err
	}
	count := min(int(binary.LittleEndian.Uint16(header[6:])), maxSections)
	at += fixed + int64(binary.LittleEndian.Uint16(header[20:]))
	sections := make([]section, 0, count)
	for i := range count {
		b, err := read(at+int64(i*entry), entry)
		if err != nil || b == nil {
			return sections, err
		}
		name, _, _ := strings.Cut(string(b[:8]), "\x00")
		sections = append(sections, section{name, binary.LittleEndian.Uint32(b[20:]), binary.LittleEndian.Uint32(b[16:])})
	}
	return sections, nil
}

// contains reports whether a file has some bytes in it.
func contains(file io.ReaderAt, wanted []byte) (bool, error) {
	buffer := make([]byte, 1<<20)
	for at := int64(0); at < maxEFIProgram; at += int64(len(buffer) - len(wanted) + 1) {
		n, err := file.ReadAt(buffer, at)
		if bytes.Contains(buffer[:n], wanted) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, errLargeProgram
}
