package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/xenpci/xenpci/pkg/pci"
)

// maxText is the length of the longest text, in bytes.
const maxText = 1024

// fields returns all keys of a device, in the order in which they are written.
func fields() []field[Device] {
	return []field[Device]{
		{"address", unstable.String, setAddress, func(d Device) string { return d.Address.String() }},
		{"id", unstable.String, func(d *Device, v string) (err error) { d.ID, err = parseID(v); return }, func(d Device) string { return d.ID.text() }},
		{
			"subsystem", unstable.String, func(d *Device, v string) (err error) { d.Subsystem, err = parseID(v); return },
			func(d Device) string { return d.Subsystem.text() },
		},
		{"class", unstable.String, setClass, classText},
		{"path", unstable.String, func(d *Device, v string) error { d.Path = v; return checkPath(v) }, func(d Device) string { return d.Path }},
		{"serial", unstable.String, setSerial, func(d Device) string { return d.Serial }},
		{"mac", unstable.String, setMAC, func(d Device) string { return d.MAC }},
		{"slot", unstable.String, func(d *Device, v string) error { d.Slot = v; return checkLine(v) }, func(d Device) string { return d.Slot }},
		{"name", unstable.String, func(d *Device, v string) error { d.Name = v; return CheckName(v) }, func(d Device) string { return d.Name }},
		{"permissive", unstable.Bool, func(d *Device, v string) error { d.Permissive = v == "true"; return nil }, func(d Device) string { return boolText(d.Permissive, false) }},
		{"quarantine", unstable.Bool, func(d *Device, v string) error { d.NoQuarantine = v == "false"; return nil }, func(d Device) string { return boolText(!d.NoQuarantine, true) }},
		{"on-drift", unstable.String, func(d *Device, v string) (err error) { d.OnDrift, err = parseDrift(v); return }, func(d Device) string { return string(d.OnDrift) }},
		{"comment", unstable.String, func(d *Device, v string) error { d.Comment = v; return checkText(v) }, func(d Device) string { return d.Comment }},
	}
}

// readDevices fills in the devices, and the problems of their tables.
func (doc *document) readDevices() {
	for _, k := range doc.top {
		doc.problem(k.at, "the key "+quote(k.key)+" belongs to no device", "begin each device with "+header)
	}
	known := fields()
	for i := range doc.tables {
		t := &doc.tables[i]
		if !t.device {
			doc.problem(t.at, "unknown table "+quote(t.name), "begin each device with "+header)
			continue
		}
		d, ok := doc.device(*t, known)
		t.bad = t.bad || !ok
		if !t.bad {
			line, _ := doc.position(t.head.start)
			doc.devices = append(doc.devices, Declared{d, doc.name, line})
		}
	}
}

func (doc *document) device(t table, known []field[Device]) (d Device, ok bool) {
	seen, ok := readKeys(doc, &d, t.keys, known, "one device")
	if !seen["address"] && !t.bad {
		doc.problem(t.head.start, "the device has no address", `add one: address = "0000:00:09.0"`)
		ok = false
	}
	return d, ok
}

// check returns why a device cannot be written into the list.
func (d Device) check() error {
	var scratch Device
	for _, f := range fields() {
		v := f.get(d)
		if v == "" {
			continue
		}
		if err := f.set(&scratch, v); err != nil {
			return fmt.Errorf("%s: %s: %w", d.Address, f.key, err)
		}
	}
	return nil
}

func setAddress(d *Device, v string) (err error) {
	d.Address, err = pci.ParseAddress(v)
	return err
}

func (id *ID) text() string {
	if id == nil {
		return ""
	}
	return id.String()
}

func parseID(v string) (*ID, error) {
	vendor, device, found := strings.Cut(v, ":")
	a, aok := hexNumber(vendor, 4)
	b, bok := hexNumber(device, 4)
	if !found || !aok || !bok {
		return nil, fmt.Errorf("%s is not an ID such as \"8086:100e\"", quote(v))
	}
	return &ID{uint16(a), uint16(b)}, nil
}

func setClass(d *Device, v string) error {
	n, ok := hexNumber(v, 6)
	if !ok {
		return fmt.Errorf("%s is not a class such as \"020000\": six hexadecimal digits", quote(v))
	}
	class := pci.Class(n)
	d.Class = &class
	return nil
}

func classText(d Device) string {
	if d.Class == nil {
		return ""
	}
	return classOf(*d.Class)
}

func setSerial(d *Device, v string) error {
	text, ok := hexBytes(v, "-", 8)
	if !ok {
		return fmt.Errorf("%s is not a serial number such as \"00-1b-21-ff-ff-aa-bb-cc\"", quote(v))
	}
	d.Serial = text
	return nil
}

func setMAC(d *Device, v string) error {
	text, ok := hexBytes(v, ":", 6)
	if !ok {
		return fmt.Errorf("%s is not a MAC address such as \"00:1b:21:aa:bb:cc\"", quote(v))
	}
	d.MAC = text
	return nil
}

// hexBytes checks that a text is so many bytes of two digits each, and returns it
// in lower case.
func hexBytes(v, between string, count int) (string, bool) {
	parts := strings.Split(v, between)
	for _, part := range parts {
		if _, ok := hexNumber(part, 2); !ok {
			return "", false
		}
	}
	return strings.ToLower(v), len(parts) == count
}

// hexNumber parses exactly so many hexadecimal digits, of either case.
func hexNumber(v string, digits int) (n uint32, ok bool) {
	for _, c := range []byte(v) {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | uint32(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, len(v) == digits
}

var (
	errTooLong  = fmt.Errorf("longer than %d bytes", maxText)
	errEmpty    = errors.New("empty; leave the key out")
	errNotALine = errors.New("contains a line break or another control character")
	errNoName   = errors.New("contains a blank, a quote, or one of , / = [ ], which xl does not accept in pci = [ 'name=...' ]")
)

func checkText(v string) error {
	switch {
	case len(v) > maxText:
		return errTooLong
	case v == "":
		return errEmpty
	}
	return nil
}

func checkLine(v string) error {
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errNotALine
	}
	return checkText(v)
}

// CheckName returns why xl would not accept a name in pci = [ 'name=...' ]; nil if it
// would.
func CheckName(v string) error {
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("'\",=/[]", r) }) {
		return errNoName
	}
	return checkText(v)
}

// boolText returns the value; "" for the one that applies without the key.
func boolText(v, otherwise bool) string {
	if v == otherwise {
		return ""
	}
	return fmt.Sprint(v)
}
