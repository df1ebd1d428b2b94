package foreign

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// maxList is the longest list that is parsed, in bytes: many times the kernel's
// own limit.
const maxList = 16 << 10

// list returns the devices that a text names: groups of hide=, or addresses
// separated by blanks or commas, with or without parentheses.
func (r *reader) list(text string) (devices []pci.Address, problems []string) {
	if len(text) > maxList {
		return nil, []string{fmt.Sprintf("the list is longer than %d bytes", maxList)}
	}
	return r.meant(pciback.ParseHideLenient(text))
}

// meant returns the devices that groups name. Each unclear word is reported as a
// problem; no device is guessed from it.
func (r *reader) meant(hide pciback.Hide, unclear []string) (devices []pci.Address, problems []string) {
	for _, word := range unclear {
		problems = append(problems, r.notAddress(word))
	}
	for _, g := range hide {
		some, problem := r.expand(g)
		if problem != "" {
			problems = append(problems, problem)
		}
		devices = appendNew(devices, some...)
	}
	return devices, few(problems)
}

// maxProblems bounds how many problems are reported for one list.
const maxProblems = 8

// few returns at most maxProblems of the problems, and how many it left out.
func few(problems []string) []string {
	if more := len(problems) - maxProblems; more > 0 {
		return append(problems[:maxProblems:maxProblems], fmt.Sprintf("and %d more", more))
	}
	return problems
}

// notAddress describes what is wrong with a word; of a vendor:device ID it says where such
// devices are.
func (r *reader) notAddress(word string) string {
	s, err := pci.ParseSelector(word)
	if err != nil || s.Kind != pci.KindModel {
		return notAddress(word)
	}
	var there []pci.Address
	for _, d := range r.Devices {
		if d.Vendor == s.Vendor && d.Device == s.Device {
			there = append(there, d.Address)
		}
	}
	if len(there) == 0 {
		return word + " is vendor:device, and pciback reads addresses; this machine has no such device"
	}
	return word + " is vendor:device, and pciback reads addresses; write " + words(there)
}

// notAddress describes what is wrong with a word, and suggests what was meant.
func notAddress(word string) string {
	_, err := pci.ParseAddress(word)
	if err != nil {
		return err.Error()
	}
	return word + ": not in the form that pciback reads"
}

// expand returns the devices that pciback takes for a group: the address that it
// names, present or not; for a wildcard, the matching devices that are present;
// and the devices behind a bridge that it names.
func (r *reader) expand(g pciback.HideGroup) (devices []pci.Address, problem string) {
	if g.Slot >= 0 && g.Function >= 0 {
		devices = append(devices, pci.Address{Domain: uint32(g.Domain), Bus: g.Bus, Slot: uint8(g.Slot), Function: uint8(g.Function)})
	} else {
		for _, d := range r.Devices {
			if g.Has(d.Address) {
				devices = append(devices, d.Address)
			}
		}
		if len(devices) == 0 {
			return nil, g.String() + " matches no device of this machine"
		}
	}
	named := len(devices)
	var bridge pci.Address
	for _, d := range r.Devices {
		for _, above := range d.Above {
			if slices.Contains(devices[:named], above) && !slices.Contains(devices, d.Address) {
				bridge = above
				devices = append(devices, d.Address)
			}
		}
	}
	if len(devices) > named {
		problem = fmt.Sprintf("%s is a bridge, so pciback takes all devices behind it too", bridge)
	}
	return devices, problem
}

func appendNew(all []pci.Address, more ...pci.Address) []pci.Address {
	for _, a := range more {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}
