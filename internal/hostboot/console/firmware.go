package console

import (
	"encoding/binary"
	"fmt"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// spcrFile is ACPI's Serial Port Console Redirection Table.
const spcrFile = "/sys/firmware/acpi/tables/SPCR"

// firmware is the console of the firmware.
type firmware struct {
	err     error  // why its table cannot be read
	present bool   // there is a table that names a port
	address uint64 // of the port's registers; 0 if they are not I/O ports
	speed   int    // in baud; 0 if it is not known
}

// Offsets in the table (Microsoft's specification of SPCR, revisions 1 to 4).
const (
	spcrSpace   = 40 // of the address: 0 memory, 1 I/O ports
	spcrAddress = 44
	spcrSpeed   = 58
	spcrLength  = 80
)

// readFirmware reads the table.
func readFirmware(f sysfs.FS) firmware {
	table, err := f.Read(spcrFile, sysfs.AttributeLimit)
	switch {
	case sysfs.IsNotExist(err):
		return firmware{}
	case err != nil:
		return firmware{err: err}
	}
	return parseSPCR(table)
}

// parseSPCR reads the port and its speed. A table that is too short has none.
func parseSPCR(table []byte) (fw firmware) {
	if len(table) < spcrLength || string(table[:4]) != "SPCR" {
		return firmware{}
	}
	const ports = 1
	address := binary.LittleEndian.Uint64(table[spcrAddress:])
	if address == 0 {
		return firmware{} // redirection is switched off
	}
	fw.present = true
	if table[spcrSpace] == ports {
		fw.address = address
	}
	speeds := map[byte]int{3: 9600, 4: 19200, 6: 57600, 7: 115200}
	fw.speed = speeds[table[spcrSpeed]]
	return fw
}

// firmwareLink is the console of the firmware.
func (r reader) firmwareLink() Link {
	fw := r.firmware
	l := Link{Name: Firmware, Place: hostboot.Place{File: spcrFile}, Speed: fw.speed, Proof: Unproven, Evidence: "the firmware does not run any more"}
	name, _, speed := r.advised()
	switch {
	case fw.err != nil:
		l.State, l.Code, l.Reason = Unknown, FirmwareUnread, fw.err.Error()
		return l
	case !fw.present:
		l.Place = hostboot.Place{}
		l.State, l.Code, l.Reason = Unknown, FirmwareSilent, "the firmware does not tell whether it has a serial console"
		l.Advice = "look for console redirection in its setup"
		return l
	}
	switch r.compare(fw.address, fw.speed) {
	case agrees:
		l.State, l.Code, l.Reason = Holds, FirmwareAgrees, "the firmware has its console on a serial port"
		if port := r.port(); port != nil {
			l.Reason = "the firmware has its console on " + port.Name
		}
	case otherPort:
		l.State, l.Code = Broken, FirmwareOtherPort
		l.Reason = fmt.Sprintf("the firmware has its console at %#x, and Xen on %s", fw.address, r.port().Name)
		l.Advice = "choose one port in the firmware's setup and on Xen's command line"
	case otherSpeed:
		l.State, l.Code = Broken, FirmwareOtherSpeed
		l.Reason = fmt.Sprintf("the firmware has its console at %d baud, and Xen at %d", fw.speed, r.speed)
		l.Advice = fmt.Sprintf("choose one speed in the firmware's setup and in %s=", name)
	case notComparable:
		l.State, l.Code = Unknown, FirmwareCard
		l.Reason = "the firmware has a serial console, and it cannot be told whether that is the port of Xen"
		l.Advice = fmt.Sprintf("make sure that it is the same port, at %d baud", speed)
	}
	return l
}
