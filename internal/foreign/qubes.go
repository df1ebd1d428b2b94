package foreign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// The arguments that Qubes' hook for dracut reads
// (dracut/modules.d/90qubes-pciback in qubes-core-admin-linux). Regardless of
// them, the hook hides all network devices too.
const (
	qubesHide   = "rd.qubes.hide_pci" // addresses separated by commas
	qubesKeep   = "rd.qubes.dom0_usb" // addresses that stay in dom0
	qubesAllUSB = "rd.qubes.hide_all_usb"
)

// qubes reads the arguments for Qubes' hook.
func (r *reader) qubes(where Where, line grub.CommandLine) (Setting, bool) {
	words := argumentsOf(line, []string{qubesHide, qubesAllUSB}, nil)
	if len(words) == 0 {
		return Setting{}, false
	}
	s := Setting{Where: where, Text: strings.Join(words, " ")}
	if all := line.All(qubesHide); len(all) > 1 {
		s.Problems = append(s.Problems, qubesHide+"= appears more than once; only the last one takes effect")
	}
	if _, ok := line.Value(qubesAllUSB); ok {
		s.Problems = append(s.Problems, qubesAllUSB+" names no device: Qubes' hook looks for USB controllers at every boot")
	}
	keep, _ := line.Value(qubesKeep)
	kept, _ := r.qubesList(keep)
	for _, a := range line.All(qubesHide) {
		devices, problems := r.qubesList(a.Value)
		s.Devices = appendNew(s.Devices, devices...)
		s.Problems = append(s.Problems, problems...)
	}
	s.Devices = slices.DeleteFunc(s.Devices, func(a pci.Address) bool {
		if slices.Contains(kept, a) {
			s.Problems = append(s.Problems, fmt.Sprintf("%s stays in dom0 because of %s=", a, qubesKeep))
			return true
		}
		return false
	})
	return s, true
}

// qubesList parses addresses separated by commas.
func (r *reader) qubesList(value string) (devices []pci.Address, problems []string) {
	if len(value) > maxList {
		return nil, []string{fmt.Sprintf("the list is longer than %d bytes", maxList)}
	}
	if strings.Trim(value, "0123456789abcdef_.:,-") != "" {
		problems = append(problems,
			"Qubes' hook accepts only lower-case addresses separated by commas, and stops the boot at anything else")
	}
	for word := range strings.FieldsFuncSeq(value, comma) {
		a, err := pci.ParseAddress(word)
		if strings.Contains(word, "_") {
			a, err = r.qubesPath(word)
		}
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		devices = appendNew(devices, a)
	}
	return devices, few(problems)
}

// comma reports whether r is used to separate addresses.
func comma(r rune) bool { return r <= ' ' || strings.ContainsRune("(),;'\"", r) }

const (
	maxBridges = 32 // in a path
	maxBus     = 0xff
	noPlace    = "not a device path such as 00_1c.0-00_00.0"
)

// qubesPath returns the device with a path such as "00_1c.0-00_00.0", optionally
// preceded by a domain and "_". The bus number of each part after the first is
// hexadecimal, and relative to the secondary bus of the bridge before it.
func (r *reader) qubesPath(word string) (pci.Address, error) {
	failed := func(why string) (pci.Address, error) {
		return pci.Address{}, fmt.Errorf("%q: %s", word, why)
	}
	domain, path := "0000", word
	if strings.Count(word[:strings.IndexByte(word+"-", '-')], "_") == 2 {
		domain, path, _ = strings.Cut(word, "_")
	}
	parts := strings.Split(path, "-")
	if len(parts) > maxBridges {
		return failed("the path has too many parts")
	}
	var at pci.Address
	for i, part := range parts {
		first := uint64(0)
		if i > 0 {
			var err error
			if first, err = r.secondaryBus(at); err != nil {
				return failed(err.Error())
			}
		}
		offset, rest, _ := strings.Cut(part, "_")
		distance, err := strconv.ParseUint(offset, 16, 8)
		if err != nil || first+distance > maxBus {
			return failed(noPlace)
		}
		if at, err = pci.ParseAddress(fmt.Sprintf("%s:%02x:%s", domain, first+distance, rest)); err != nil {
			return failed(noPlace)
		}
	}
	return at, nil
}

// secondaryBus returns the number of the first bus behind a bridge. Older kernels do not have
// the attribute.
func (r *reader) secondaryBus(bridge pci.Address) (uint64, error) {
	text, err := r.FS.Attribute("/sys/bus/pci/devices/" + bridge.String() + "/secondary_bus_number")
	if err == nil {
		return strconv.ParseUint(text, 10, 8)
	}
	isBridge := func(d pci.Device) bool { return d.Address == bridge && d.Class.Is(pci.ClassPCIBridge) }
	if !slices.ContainsFunc(r.Devices, isBridge) {
		return 0, fmt.Errorf("there is no bridge at %s", bridge)
	}
	return 0, fmt.Errorf("cannot tell which bus is behind the bridge %s: %w", bridge, err)
}
