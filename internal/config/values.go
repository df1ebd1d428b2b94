package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/xenpci/xenpci/pkg/pci"
)

// maxText is the size of the longest text of a device, in bytes.
const maxText = 1024

// field is one key of a device.
type field struct {
	key  string
	kind unstable.Kind                   // String or Bool
	set  func(d *Device, v string) error // the error says what would be right
	get  func(d Device) string           // the value as it is set; "" when it need not be written
}

// fields returns all keys, in the order in which they are written.
func fields() []field {
	return []field{
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
		{"name", unstable.String, func(d *Device, v string) error { d.Name = v; return checkName(v) }, func(d Device) string { return d.Name }},
		{"permissive", unstable.Bool, func(d *Device, v string) error { d.Permissive = v == "true"; return nil }, func(d Device) string { return boolText(d.Permissive, false) }},
		{"quarantine", unstable.Bool, func(d *Device, v string) error { d.NoQuarantine = v == "false"; return nil }, func(d Device) string { return boolText(!d.NoQuarantine, true) }},
		{"comment", unstable.String, func(d *Device, v string) error { d.Comment = v; return checkText(v) }, func(d Device) string { return d.Comment }},
	}
}

// readDevices reads the tables. What is wrong with them is noted.
func (doc *document) readDevices() {
	known := fields()
	for i := range doc.tables {
		t := &doc.tables[i]
		if !t.device {
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

func (doc *document) device(t table, known []field) (d Device, ok bool) {
	ok = true
	seen := map[string]bool{}
	for _, k := range t.keys {
		at, text, right := doc.take(&d, k, known, seen)
		if text != "" {
			doc.problem(at, text, right)
			ok = false
		}
		seen[k.key] = true
	}
	if !seen["address"] && !t.bad {
		doc.problem(t.head.start, "the device has no address", `write one, address = "0000:00:09.0"`)
		ok = false
	}
	return d, ok
}

// take sets one key. text is "" when all is well.
func (doc *document) take(d *Device, k entry, known []field, seen map[string]bool) (at int, text, right string) {
	for _, f := range known {
		switch {
		case f.key != k.key:
			continue
		case seen[k.key]:
			return k.at, quote(k.key) + " stands twice in one device", "keep one of the lines"
		case f.kind != k.kind:
			return k.value.start, quote(k.key) + " is " + kindName(k.kind), wantedKind(f.kind)
		}
		if err := f.set(d, k.data); err != nil {
			return k.value.start, k.key + ": " + err.Error(), ""
		}
		return 0, "", ""
	}
	return k.at, "there is no key " + quote(k.key), suggest(k.key, known)
}

// check says what of a device cannot be written into the list.
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

func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a text"
	case unstable.Bool:
		return "true or false"
	case unstable.Array:
		return "an array"
	case unstable.InlineTable:
		return "a table"
	}
	return "a number or a date"
}

func wantedKind(k unstable.Kind) string {
	if k == unstable.Bool {
		return "write true or false, without quotes"
	}
	return "write the value in quotes"
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
		return nil, fmt.Errorf("%s is not two numbers of four hexadecimal digits, as in \"8086:100e\"", quote(v))
	}
	return &ID{uint16(a), uint16(b)}, nil
}

func setClass(d *Device, v string) error {
	n, ok := hexNumber(v, 6)
	if !ok {
		return fmt.Errorf("%s is not six hexadecimal digits, as in \"020000\"", quote(v))
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
		return fmt.Errorf("%s is not eight bytes in hexadecimal, as in \"00-1b-21-ff-ff-aa-bb-cc\"", quote(v))
	}
	d.Serial = text
	return nil
}

func setMAC(d *Device, v string) error {
	text, ok := hexBytes(v, ":", 6)
	if !ok {
		return fmt.Errorf("%s is not six bytes in hexadecimal, as in \"00:1b:21:aa:bb:cc\"", quote(v))
	}
	d.MAC = text
	return nil
}

// hexBytes reads bytes of two digits each, and gives them in lower case.
func hexBytes(v, between string, count int) (string, bool) {
	parts := strings.Split(v, between)
	for _, part := range parts {
		if _, ok := hexNumber(part, 2); !ok {
			return "", false
		}
	}
	return strings.ToLower(v), len(parts) == count
}

// hexNumber reads exactly so many digits, of either case.
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
	errTooLong  = fmt.Errorf("it is longer than %d bytes", maxText)
	errEmpty    = errors.New("it is empty; leave the key out")
	errNotALine = errors.New("it has a line break or another control character")
	errNoName   = errors.New("a name has no blanks, quotes, commas, slashes, brackets or '='; it has to stand in pci = [ 'name=...' ]")
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

func checkName(v string) error {
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("'\",=/[]", r) }) {
		return errNoName
	}
	return checkText(v)
}

// boolText is the value, unless it is what holds without it.
func boolText(v, otherwise bool) string {
	if v == otherwise {
		return ""
	}
	return fmt.Sprint(v)
}
