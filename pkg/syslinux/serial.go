package syslinux

import (
	"strconv"
	"strings"
)

// SerialPort is the port of SERIAL, on which SYSLINUX shows its menu beside the screen, and from
// which it takes keys.
type SerialPort struct {
	Unit    int    // 0 is the first port of the machine; -1 if an address is given
	Address uint64 // the I/O port; 0 if it is not given
	Speed   int    // in baud
	Line    int    // from 1
}

// usualSpeed is the speed of SERIAL without one, in baud.
const usualSpeed = 9600

// mostUnits is how many ports have a number; a larger number is an address (doc/syslinux.txt).
const mostUnits = 4

// parseSerial reads SERIAL PORT [SPEED [FLOWCONTROL]]; nil for a port that is no number.
func parseSerial(text string, line int) *SerialPort {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil
	}
	port, err := strconv.ParseUint(words[0], 0, 32)
	if err != nil {
		return nil
	}
	p := &SerialPort{Unit: -1, Address: port, Speed: usualSpeed, Line: line}
	if port < mostUnits {
		p.Unit, p.Address = int(port), 0
	}
	if len(words) > 1 {
		if speed, err := strconv.ParseUint(words[1], 0, 32); err == nil {
			p.Speed = int(speed)
		}
	}
	return p
}
