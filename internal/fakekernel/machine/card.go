package machine

import "github.com/xenpci/xenpci/internal/fakekernel/archive"

// Card returns the files of one device in the directory dir, an absolute name, as the
// kernel makes them when it finds the device. What its driver makes is among them.
func (d Device) Card(dir string) archive.Archive {
	driver := d.Driver
	d.Driver = "" // no driver has it yet
	b := builder{machine: Machine{Devices: []Device{d}}}
	b.linkAsIf(dir+"/subsystem", dir, "/sys/bus/pci")
	b.identity(d, dir)
	b.controls(d, dir)
	for _, made := range d.Makes {
		made.build(&b, dir)
	}
	if driver == "pcieport" {
		b.portService(d, dir)
	}
	a := archive.Archive{Entries: b.entries}
	a.Sort()
	return a
}

// Find returns a device of a machine, by their names; its Address is "" if there is no such
// device.
func Find(name, address string) Device {
	for _, m := range All() {
		for _, d := range m.Devices {
			if m.Name == name && d.Address == address {
				return d
			}
		}
	}
	return Device{}
}

// Drive returns an NVMe drive with one partition, as a card to be plugged in. The number of
// its partition follows that of the drive.
func Drive(address, name, numbers, partition string) Device {
	return Device{Address: address, ID: "144d:a824", Subsystem: "144d:a801", Class: 0x010802, Driver: "nvme", Express: true, Reset: "flr bus",
		Makes: []Made{disk{below: "nvme/" + name, name: name + "n1", numbers: numbers, sectors: 2048, partitions: []string{partition}, nvme: name}}}
}
