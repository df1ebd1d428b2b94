package mask

import (
	"net/netip"
	"regexp"
	"strings"
)

// A form is a way of writing a value that is masked.
type form struct {
	pattern string
	mask    func(m *Mask, match string) string
}

// forms returns the forms that are recognised in any text. If two match at one place, the
// first is used.
func forms() []form {
	return []form{
		{`\b(?:iqn|nqn)\.\d{4}-\d{2}\.[^\s,"]+`, (*Mask).qualified},
		{`\b(?:nn|pn)-0x[0-9a-f]{16}\b`, (*Mask).port}, // Fibre Channel
		{`\b(?:eui|naa)\.[0-9a-fA-F]{16,32}\b`, (*Mask).Serial},
		{`\bLVM-[0-9A-Za-z]{32,64}`, (*Mask).lvm},
		{`\bby-(?:id|uuid|partuuid)/[^\s,"]+`, (*Mask).link},
		{`\b(?:PART)?UUID=[^\s,"]+`, (*Mask).keyed},
		{`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`, (*Mask).uuid},
		{`\b[0-9a-f]{8}(?::[0-9a-f]{8}){3}\b`, (*Mask).uuid}, // md
		{`\b[0-9a-fA-F]{32}\b`, (*Mask).uuid},                // dm-crypt, machine ids
		{`\b[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){19}|(?::[0-9a-fA-F]{2}){7}|(?::[0-9a-fA-F]{2}){5})\b`, (*Mask).mac},
		{`\b[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){7}\b`, (*Mask).mac}, // the serial number of a PCI Express device, of which the MAC address is often a part
		{`\b(?:01-)?[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5}\b`, (*Mask).bootMAC},
		{`\b[0-9a-f]{4}\.[0-9a-f]{12}\b`, (*Mask).bridge},
		{`\b(?:en|wl|ww|usb)x[0-9a-f]{12}\b`, (*Mask).interfaceName},
	}
}

// addressForms returns the forms of IP addresses. They are used only for texts that may
// have IP addresses; in others they may be version numbers.
func addressForms() []form {
	return []form{
		{`\b\d{1,3}(?:\.\d{1,3}){3}\b`, (*Mask).addressText},
		{`\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}`, (*Mask).addressText},
	}
}

// patterns are forms that are searched for together.
type patterns struct {
	forms  []form
	regexp *regexp.Regexp // a group for each form
}

func compile(forms ...form) patterns {
	texts := make([]string, len(forms))
	for i, f := range forms {
		texts[i] = "(" + f.pattern + ")"
	}
	return patterns{forms: forms, regexp: regexp.MustCompile(strings.Join(texts, "|"))}
}

// mask masks all matches of the forms, and the learned texts between them.
func (p patterns) mask(m *Mask, text string) string {
	var masked strings.Builder
	end := 0
	for _, at := range p.regexp.FindAllStringSubmatchIndex(text, -1) {
		masked.WriteString(m.replace(text[end:at[0]]))
		for i, f := range p.forms {
			if at[2*i+2] >= 0 {
				masked.WriteString(f.mask(m, text[at[0]:at[1]]))
				break
			}
		}
		end = at[1]
	}
	masked.WriteString(m.replace(text[end:]))
	return masked.String()
}

// Text masks values that are recognised by their form in any text or path, and learned
// values: UUIDs, MAC addresses, serial numbers. IP addresses stay.
func (m *Mask) Text(text string) string { return m.anywhere.mask(m, text) }

// AddressText is Text for texts that may contain IP addresses, which it masks too.
func (m *Mask) AddressText(text string) string { return m.addresses.mask(m, text) }

// qualified masks a name of iSCSI or NVMe over Fabrics. The name of the discovery service
// is public and stays.
func (m *Mask) qualified(name string) string {
	const discovery = "nqn.2014-08.org.nvmexpress.discovery"
	if name == discovery {
		return name
	}
	const date = len("iqn.2014-08.")
	return name[:date] + m.scramble(name[date:])
}

// lvm masks the UUID of an LVM volume, which consists of its group's UUID and its own.
func (m *Mask) lvm(text string) string {
	const prefix, length = len("LVM-"), 32
	group, own := text[prefix:prefix+length], text[prefix+length:]
	return text[:prefix] + m.scramble(group) + m.scramble(own)
}

// link masks the last part of by-id/ata-DISK_SERIAL.
func (m *Mask) link(text string) string {
	folder, name, _ := strings.Cut(text, "/")
	return folder + "/" + m.Identifier(name)
}

// keyed masks the value of UUID=0A1B-2C3D.
func (m *Mask) keyed(text string) string {
	key, value, _ := strings.Cut(text, "=")
	return key + "=" + m.Identifier(value)
}

// Identifier masks a value that is a UUID, a name that contains one, or a serial number.
func (m *Mask) Identifier(text string) string {
	if masked := m.Text(text); masked != text {
		return masked
	}
	return m.Serial(text)
}

// bootMAC masks pxelinux's value of BOOTIF=: 01 for Ethernet, and a MAC address.
func (m *Mask) bootMAC(text string) string {
	const length = len("52-54-00-12-34-56")
	return text[:len(text)-length] + m.mac(text[len(text)-length:])
}

// port masks nn-0x20000024ff7f1234, a name in a Fibre Channel address.
func (m *Mask) port(text string) string { return text[:len("nn-")] + m.WWN(text[len("nn-"):]) }

// WWN masks a Fibre Channel name, 0x20000024ff7f1234.
func (m *Mask) WWN(text string) string {
	number, ok := strings.CutPrefix(strings.TrimSpace(text), "0x")
	if !ok || len(number) > 2*randomSize {
		return text
	}
	return strings.Replace(text, number, m.digits("wwn", number), 1)
}

// bridge masks a bridge's id, its priority and a MAC address.
func (m *Mask) bridge(text string) string {
	priority, mac, _ := strings.Cut(text, ".")
	return priority + "." + m.mac(mac)
}

// interfaceName masks enx525400123456, an interface that udev named after its MAC address.
func (m *Mask) interfaceName(text string) string {
	kind, mac, _ := strings.Cut(text, "x")
	return kind + "x" + m.mac(mac)
}

// addressText masks an address, or the address at the beginning of a longer text, such as
// "2001:db8::1:" before a path.
func (m *Mask) addressText(text string) string {
	for end := len(text); end > 0; end = strings.LastIndexByte(text[:end], ':') {
		if a, err := netip.ParseAddr(text[:end]); err == nil {
			return m.Addr(a).String() + text[end:]
		}
	}
	return text
}
