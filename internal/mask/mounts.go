package mask

import (
	"slices"
	"strings"
)

// personal returns the options of network file systems that name a user.
func personal() []string {
	return []string{"user", "username", "domain", "workgroup", "password", "pass", "secret"}
}

// Mounts masks /proc/PID/mountinfo (proc_pid_mountinfo(5)): IP addresses, UUIDs, and the
// hosts and users of network file systems. Mount points and the names of volumes stay.
func (m *Mask) Mounts(text string) string {
	return eachLine(text, func(line string) string {
		mount, super, ok := strings.Cut(line, " - ")
		f := strings.Split(super, " ")
		const source, options = 1, 2
		if !ok || len(f) <= options {
			return m.AddressText(line)
		}
		f[source] = m.server(f[source])
		f[options] = m.options(f[options])
		return m.AddressText(mount) + " - " + strings.Join(f, " ")
	})
}

// server masks HOST:/DIR, USER@HOST:/DIR, [ADDRESS]:/DIR and //HOST/DIR.
func (m *Mask) server(source string) string {
	if rest, ok := strings.CutPrefix(source, "//"); ok {
		host, dir, _ := strings.Cut(rest, "/")
		return "//" + m.host(host) + "/" + m.AddressText(dir)
	}
	if host, dir, ok := strings.Cut(source, ":/"); ok && !strings.Contains(host, "/") {
		user, host, at := strings.Cut(host, "@")
		if !at {
			return m.host(user) + ":/" + m.AddressText(dir)
		}
		return m.Name("user", user) + "@" + m.host(host) + ":/" + m.AddressText(dir)
	}
	return m.AddressText(source)
}

func (m *Mask) host(name string) string {
	if masked := m.AddressText(name); masked != name {
		return masked
	}
	return m.Name("host", name)
}

func (m *Mask) options(text string) string {
	options := strings.Split(text, ",")
	for i, option := range options {
		name, value, _ := strings.Cut(option, "=")
		if slices.Contains(personal(), name) && value != "" {
			options[i] = name + "=" + m.Name("user", value)
		} else {
			options[i] = m.AddressText(option)
		}
	}
	return strings.Join(options, ",")
}

// Inputs masks /proc/bus/input/devices: the address of a Bluetooth device, and the serial
// number in the line "U: Uniq=".
func (m *Mask) Inputs(text string) string {
	return eachLine(text, func(line string) string {
		if serial, ok := strings.CutPrefix(line, "U: Uniq="); ok && m.Text(serial) == serial {
			return "U: Uniq=" + m.Serial(serial)
		}
		return m.Text(line)
	})
}
