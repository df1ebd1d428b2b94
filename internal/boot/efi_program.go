package boot

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/pe"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// efiProgram is what an EFI program is, as far as it matters for hiding.
type efiProgram uint8

const (
	efiOther   efiProgram = iota // neither Xen nor a program that may start it
	efiXen                       // Xen, which reads its configuration from a file
	efiUnified                   // Xen with its configuration in the file itself
	efiStub                      // Linux without Xen, with its command line in the file itself
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
	sections, err := pe.Sections(file)
	if err != nil || sections == nil {
		return efiOther, err
	}
	has := func(name string) bool {
		return slices.ContainsFunc(sections, func(s pe.Section) bool { return s.Name == name })
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
	case has(sectionLinux) && has(sectionCommandLine): // of systemd-stub
		return efiStub, nil
	}
	if slices.ContainsFunc(sections, func(s pe.Section) bool { return marksLoader(s, file) }) {
		return efiLoader, nil
	}
	return efiOther, nil
}

// marksLoader reports whether a section is one that only a boot loader has: GRUB's modules;
// what systemd-boot says about itself; or an SBAT section with the component shim, grub or
// refind, the first word of a line (SBAT.md of shim).
func marksLoader(s pe.Section, file io.ReaderAt) bool {
	switch s.Name {
	case "mods":
		return true
	case ".sdmagic":
		return bytes.Contains(s.Read(file, maxSection), []byte("LoaderInfo: systemd-boot"))
	case ".sbat":
		for line := range strings.Lines(string(s.Read(file, maxSection))) {
			if name, _, _ := strings.Cut(line, ","); slices.Contains([]string{"shim", "grub", "refind"}, name) {
				return true
			}
		}
	}
	return false
}

// maxSection is how much of a section is read, in bytes.
const maxSection = 64 << 10

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
