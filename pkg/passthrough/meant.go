package passthrough

import (
	"slices"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Chosen is the devices that some IDs name.
type Chosen struct {
	Devices  []pci.Address   // in the order of the IDs, each once
	Together [][]pci.Address // the functions of each slot that an ID names as a slot: see HideOptions.Together
	Meant    []Meant         // what was meant by each ID that is a name
}

// Meant is what was meant by an ID that is a name, and no address.
type Meant struct {
	ID      string        `json:"id"`
	By      NameKind      `json:"by"`
	Via     []string      `json:"via,omitempty"` // what is between the name and its device: the port of a bridge, the disk of a partition
	Devices []MeantDevice `json:"devices"`       // several for a physical slot
}

// MeantDevice is a device that a name means.
type MeantDevice struct {
	Device      pci.Address `json:"device"`
	Name        string      `json:"name,omitempty"`         // of its vendor and model
	KernelNames []string    `json:"kernel_names,omitempty"` // of everything that is on it: see View.KernelNames
}

// NameKind is what a name is the name of.
type NameKind string

// The kinds of names.
const (
	NameInterface NameKind = "interface"     // a network interface, a bridge, a bond or a VLAN
	NameDisk      NameKind = "disk"          // a disk, a partition, a volume, an array, or an NVMe controller
	NameMAC       NameKind = "mac"           // the MAC address of a network interface
	NameSlot      NameKind = "physical_slot" // a physical slot, as in /sys/bus/pci/slots
	NameLabel     NameKind = "label"         // the firmware's label, as in the attribute label
	NameXL        NameKind = "xl_name"       // the name by which xl knows a hidden device
	NameDeclared  NameKind = "declared_name" // the name in the declared list
	NameFormer    NameKind = "former"        // an interface or a disk that a hidden device had in dom0, or the MAC address of one
)

// meaning is one thing that a name means.
type meaning struct {
	by      NameKind
	via     []string
	devices []pci.Address
}

// meant puts the meaning of an ID together. It has printable texts only.
func (v *View) meant(id string, m meaning) Meant {
	names, _ := pci.OpenNames(v.host.root)
	defer names.Close()
	one := Meant{ID: prose.Printable(id), By: m.by, Via: m.via}
	for _, a := range m.devices {
		device := MeantDevice{Device: a, KernelNames: v.KernelNames(a)}
		if d, ok := v.device(a); ok {
			device.Name = names.Model(d)
		}
		one.Devices = append(one.Devices, device)
	}
	return one
}

// addresses returns the devices of some meanings, each once, in order.
func addressesOf(meanings []meaning) []pci.Address {
	var all []pci.Address
	for _, m := range meanings {
		all = append(all, m.devices...)
	}
	all = once(all)
	slices.SortFunc(all, pci.Address.Compare)
	return all
}
