package passthrough

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// maxCandidates is how many of the devices that an ID may mean a message names.
const maxCandidates = 5

// severalMeant returns the error that an ID means several devices.
func (v *View) severalMeant(id string, devices []pci.Address) error {
	return &Error{
		Code: CodeAmbiguous, Reason: fmt.Sprintf("%s: %d devices have this name, or are below it", shown(id), len(devices)),
		Advice: "name one by its address: " + v.candidates(devices), Candidates: devices,
	}
}

// candidates enumerates devices, with the kernel's names of what is on them.
func (v *View) candidates(devices []pci.Address) string {
	words := make([]string, len(devices))
	for i, a := range devices {
		words[i] = a.String()
		if names := v.KernelNames(a); len(names) > 0 {
			words[i] += " (" + prose.Few(names, maxCandidates) + ")"
		}
	}
	return prose.Few(words, maxCandidates)
}

// noSuchName returns the error that a name means no device. now is what it means without
// being on a device; unread is what may have had the name and could not be read.
func (v *View) noSuchName(id string, now []meaning, unread error) error {
	e := &Error{Code: CodeNoDevice, Reason: shown(id) + ": no device has this name", Advice: "'xenpci list --passthrough' shows the devices and their names"}
	if len(now) > 0 {
		e.Reason = shown(id) + " is on no PCI device"
	}
	if at := v.declaredAt(id); at != nil {
		e.Reason, e.Advice = fmt.Sprintf("%s is declared for %s, which is not there", shown(id), at), "'xenpci verify' shows what is declared and where it is"
		return e
	}
	if unread != nil {
		e.Reason += ", and " + unread.Error()
	}
	near := v.nearNames(id)
	if wrong := (*pci.AddressError)(nil); errors.As(badID(id), &wrong) && wrong.Meant != "" {
		near = []string{wrong.Meant}
	}
	if len(near) > 0 && len(now) == 0 {
		e.Advice = "did you mean " + prose.Few(near, maxCandidates) + "?"
	}
	return e
}

// declaredAt returns the address that a name is declared for; nil where it is not declared.
func (v *View) declaredAt(name string) *pci.Address {
	list, err := v.openList()
	if err != nil {
		return nil
	}
	for _, d := range list.Devices() {
		if d.Name == name {
			return &d.Address
		}
	}
	return nil
}

// badID returns why an ID is no selector; nil for one.
func badID(id string) error {
	_, err := pci.ParseSelector(id)
	return err
}

// nearNames returns the names of devices that differ little from one.
func (v *View) nearNames(id string) []string {
	name, _ := partName(v.fs, id)
	names := partNames(v.parts())
	devices, _ := v.allDevices()
	for _, d := range devices {
		if d.PhysicalSlot != "" {
			names = append(names, prose.Printable(d.PhysicalSlot))
		}
	}
	if list, err := v.openList(); err == nil {
		for _, d := range list.Devices() {
			if d.Name != "" {
				names = append(names, d.Name)
			}
		}
	}
	if len(name) < 2 || len(name) > maxNear {
		return nil
	}
	most := 1 // letters that differ
	if len(name) > 5 {
		most = 2
	}
	var near []string
	for _, other := range names {
		if prose.Near(strings.ToLower(name), strings.ToLower(other), most) && !slices.Contains(near, other) {
			near = append(near, other)
		}
	}
	return near
}

// maxNear bounds the names that are compared letter by letter, in bytes.
const maxNear = 64

// shown returns an ID as a message has it.
func shown(id string) string {
	id = prose.Printable(id)
	if runes := []rune(id); len(runes) > maxNear {
		id = string(runes[:maxNear]) + "..."
	}
	return id
}
