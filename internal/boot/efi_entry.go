package boot

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// efiEntry is an entry of the firmware's boot menu (EFI_LOAD_OPTION in section 3.1.3 of the
// UEFI specification).
type efiEntry struct {
	Active bool
	File   string // what it starts, on the EFI system partition: "/EFI/xen/xen.efi"; "" for a whole device
	Line   string // the command line that the program gets
}

// Where Linux has the firmware's variables, and the longest of one that is read, in bytes.
const (
	efiVariables   = "/sys/firmware/efi/efivars/"
	efiGlobal      = "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	maxEFIVariable = 64 << 10
)

// efiVariable returns a variable of the firmware, without the attributes before it.
func efiVariable(f sysfs.FS, name string) ([]byte, bool) {
	content, err := f.Read(efiVariables+name+efiGlobal, maxEFIVariable)
	if err != nil || len(content) < 4 {
		return nil, false
	}
	return content[4:], true
}

// efiNumbers returns a variable with numbers of entries.
func efiNumbers(f sysfs.FS, name string) (numbers []uint16) {
	content, _ := efiVariable(f, name)
	for ; len(content) >= 2; content = content[2:] {
		numbers = append(numbers, binary.LittleEndian.Uint16(content))
	}
	return numbers
}

// firstEFIEntry returns the entry that the firmware starts in general: the first one in its
// order that is active and has a file that is there, or that started this boot. BootNext, which
// is for one boot only, does not decide which files are edited for all boots. ok is false if the
// variables do not tell.
func firstEFIEntry(f sysfs.FS) (e efiEntry, ok bool) {
	current := efiNumbers(f, "BootCurrent")
	for _, number := range efiNumbers(f, "BootOrder") {
		content, there := efiVariable(f, fmt.Sprintf("Boot%04X", number))
		if !there {
			continue
		}
		e, ok = parseEFIEntry(content)
		switch {
		case !ok || !e.Active:
		case e.File != "" && onEFIPartition(f, e.File) != "":
			return e, true
		case e.File == "" && slices.Contains(current, number):
			for _, name := range [...]string{"/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/BOOTAA64.EFI"} { // of a device
				if onEFIPartition(f, name) != "" {
					e.File = name
					return e, true
				}
			}
		}
	}
	return efiEntry{}, false
}

// onEFIPartition returns a file by its path there; "" if it is on none that is seen.
func onEFIPartition(f sysfs.FS, file string) string {
	for _, folder := range efiFolders {
		if folder != "" && f.Exists(folder+file) {
			return folder + file
		}
	}
	return ""
}

// parseEFIEntry reads an entry.
func parseEFIEntry(content []byte) (e efiEntry, ok bool) {
	const (
		active = 1 // LOAD_OPTION_ACTIVE
		fixed  = 6 // bytes of the attributes and of the path's length
	)
	if len(content) < fixed {
		return efiEntry{}, false
	}
	e.Active = binary.LittleEndian.Uint32(content)&active != 0
	length := int(binary.LittleEndian.Uint16(content[4:]))
	_, rest := efiText(content[fixed:]) // the title
	if len(rest) < length {
		return efiEntry{}, false
	}
	e.File = efiFile(rest[:length])
	e.Line, _ = efiText(rest[length:])
	return e, true
}

// efiFile returns the file of a device path (section 10.3.1); "" if it has none.
func efiFile(path []byte) string {
	const (
		media, file = 4, 4 // type and subtype of a file's path
		header      = 4    // bytes
	)
	var names []string
	for len(path) >= header {
		length := int(binary.LittleEndian.Uint16(path[2:]))
		if length < header || length > len(path) {
			break
		}
		if path[0] == media && path[1] == file {
			name, _ := efiText(path[header:length])
			names = append(names, name)
		}
		path = path[length:]
	}
	if len(names) == 0 {
		return ""
	}
	return grubPath(strings.Join(names, "/"))
}

// efiText returns a text in UCS-2 that ends with a NUL, or at the end, and what follows it.
func efiText(content []byte) (text string, rest []byte) {
	var units []uint16
	for len(content) >= 2 {
		unit := binary.LittleEndian.Uint16(content)
		content = content[2:]
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units)), content
}
