package pci

import (
	"encoding/binary"
	"errors"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Offsets in configuration space (include/uapi/linux/pci_regs.h), and sizes.
const (
	configHeader       = 64  // bytes, readable by everyone
	configPCI          = 256 // all of it, on conventional PCI
	configVendor       = 0x00
	configDevice       = 0x02
	configRevision     = 0x08
	configHeaderType   = 0x0e
	configSecondary    = 0x19 // of header types 1 and 2
	configSubordinate  = 0x1a
	configSubVendor    = 0x2c // of header type 0, and the device after it
	configStatus       = 0x06
	configCapabilities = 0x34

	configCardBusSubVendor = 0x40 // of header type 2
	configSubsystemIDs     = 4    // in the capability that a bridge has for it

	statusCapabilities  = 0x10 // there is a list of capabilities
	capabilitySubsystem = 0x0d // PCI_CAP_ID_SSVID
	maxCapabilities     = 48   // that fit into 256 bytes

	headerTypeMask = 0x7f // bit 7 says that there are more functions
)

// HeaderType is the layout of a device's configuration space.
type HeaderType uint8

// The header types that exist. pciback refuses CardBus bridges.
const (
	HeaderDevice  HeaderType = 0
	HeaderBridge  HeaderType = 1
	HeaderCardBus HeaderType = 2
)

var errShortConfig = errors.New("shorter than a configuration space header")

// ReadHeaderType reads the header type of one device from its attribute config. That
// costs a trap into the hypervisor and wakes a sleeping device, so it is not part of
// ReadDevice. The configuration space of a virtual function has no header type, and
// reads 0.
func ReadHeaderType(root string, a Address) (HeaderType, error) {
	name := devicesDir + "/" + a.String() + "/config"
	config, err := sysfs.New(root).Read(name, configHeader)
	if err != nil {
		return 0, deviceError(a, err)
	}
	if len(config) <= configHeaderType {
		err := &sysfs.AttrError{Op: "read", Path: name, Err: errShortConfig}
		return 0, deviceError(a, err)
	}
	return HeaderType(config[configHeaderType] & headerTypeMask), nil
}

// ConfigLimit is the size of the largest configuration space, in bytes: that of PCI
// Express. Conventional PCI has 256.
const ConfigLimit = 4096

// ReadConfig reads at most limit bytes of the configuration space of one device. Only
// root can read more than 64. The read accesses the device itself, which takes time and
// wakes it.
func ReadConfig(root string, a Address, limit int) ([]byte, error) {
	config, err := sysfs.New(root).Read(devicesDir+"/"+a.String()+"/config", min(limit, ConfigLimit))
	if err != nil {
		return nil, deviceError(a, err)
	}
	return config, nil
}

// readBehind finds the buses behind a bridge.
func readBehind(f folder) *Buses {
	config, err := f.read("config", configHeader)
	if err != nil || len(config) < configHeader {
		return nil
	}
	switch HeaderType(config[configHeaderType] & headerTypeMask) {
	case HeaderBridge, HeaderCardBus:
		return &Buses{Secondary: config[configSecondary], Subordinate: config[configSubordinate]}
	}
	return nil
}

// configIdentity returns the ids in configuration space. They are ffff if the device does
// not answer, and for virtual functions.
func configIdentity(config []byte) (identity, bool) {
	if len(config) < configHeader {
		return identity{}, false
	}
	id := identity{
		vendor: binary.LittleEndian.Uint16(config[configVendor:]),
		device: binary.LittleEndian.Uint16(config[configDevice:]),
		class:  Class(binary.LittleEndian.Uint32(config[configRevision:]) >> 8),
	}
	id.subVendor, id.subDevice = configSubsystem(config)
	return id, id.vendor != 0xffff
}

// configSubsystem returns the subsystem ids, which each header type has elsewhere: a PCI
// bridge in a capability. It needs the first 256 bytes, and makes do with fewer.
func configSubsystem(config []byte) (vendor, device uint16) {
	if len(config) <= configHeaderType {
		return 0, 0
	}
	at := 0
	switch HeaderType(config[configHeaderType] & headerTypeMask) {
	case HeaderDevice:
		at = configSubVendor
	case HeaderCardBus:
		at = configCardBusSubVendor
	case HeaderBridge:
		if at = findCapability(config, capabilitySubsystem); at != 0 {
			at += configSubsystemIDs
		}
	}
	if at == 0 || at+4 > len(config) {
		return 0, 0
	}
	return binary.LittleEndian.Uint16(config[at:]), binary.LittleEndian.Uint16(config[at+2:])
}

// findCapability returns the offset of a capability, or 0. The list may be circular in a
// device that does not answer.
func findCapability(config []byte, id byte) int {
	if len(config) <= configCapabilities || config[configStatus]&statusCapabilities == 0 {
		return 0
	}
	at := int(config[configCapabilities]) &^ 3
	for range maxCapabilities {
		if at == 0 || at+2 > len(config) || config[at] == 0xff {
			return 0
		}
		if config[at] == id {
			return at
		}
		at = int(config[at+1]) &^ 3
	}
	return 0
}
