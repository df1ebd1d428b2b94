package mask

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/parameter"
)

// secretWords returns words that appear in the names of parameters with secret
// values.
func secretWords() []string {
	return []string{"pass", "secret", "token", "credential", "psk", "luks.key"}
}

// networkRoots returns the parameters with the location of a root file system on the
// network (nfsroot.rst in the kernel's documentation, dracut.cmdline(7)). root= is one
// too if it has a protocol.
func networkRoots() []string { return []string{"netroot", "nfsroot", "nbdroot", "rd.nfs.domain"} }

// CommandLine masks /proc/cmdline: addresses, UUIDs, serial numbers and host names,
// and the whole of a value that names a user or is secret.
func (m *Mask) CommandLine(text, hostname string) string {
	var masked strings.Builder
	at := 0
	for _, w := range parameter.Split(text) {
		masked.WriteString(text[at:w.Start])
		word := text[w.Start:w.End]
		if name, value, ok := strings.Cut(word, "="); ok {
			masked.WriteString(name + "=" + m.parameter(name, value, hostname))
		} else {
			masked.WriteString(m.AddressText(word))
		}
		at = w.End
	}
	masked.WriteString(text[at:])
	return masked.String()
}

// parameter masks the value of one parameter.
func (m *Mask) parameter(name, value, hostname string) string {
	end := value[len(strings.TrimRight(value, "\n")):]
	value = strings.TrimSuffix(value, end)
	protocol, _, remote := strings.Cut(value, ":")
	switch {
	case secret(name):
		return m.scramble(value) + end
	case slices.Contains(networkRoots(), name), strings.HasPrefix(name, "rd.iscsi."), strings.HasPrefix(name, "iscsi_"),
		name == "root" && remote && protocol != "zfs" && !strings.ContainsAny(protocol, "/="):
		return m.remote(value) + end
	case name == "systemd.hostname":
		return m.Name("host", value) + end
	case strings.Contains(value, "://"):
		return m.url(value) + end
	case name == "ip":
		value = m.ip(value)
	}
	return m.AddressText(m.Host(value, hostname)) + end
}

func secret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords(), func(word string) bool { return strings.Contains(name, word) })
}

// remote masks the location of a root file system on the network. It may have a user, a
// password and a host name anywhere, so only the protocol stays.
func (m *Mask) remote(value string) string {
	protocol, rest, ok := strings.Cut(value, ":")
	if !ok {
		return m.scramble(value)
	}
	return protocol + ":" + m.scramble(rest)
}

// ip masks the host name in ip=CLIENT:SERVER:GATEWAY:NETMASK:HOST:DEVICE:...
func (m *Mask) ip(value string) string {
	fields := strings.Split(value, ":")
	const host = 4
	if len(fields) > host && !strings.Contains(value, "[") {
		fields[host] = m.Name("host", fields[host])
	}
	return strings.Join(fields, ":")
}

// url masks the host and the user of a URL.
func (m *Mask) url(value string) string {
	scheme, rest, _ := strings.Cut(value, "://")
	end := strings.IndexByte(rest+"/", '/')
	host := rest[:end]
	user := ""
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		user, host = m.Name("user", host[:at])+"@", host[at+1:]
	}
	return scheme + "://" + user + m.host(host) + m.AddressText(rest[end:])
}

// Host masks the machine's own name, with or without its domain, where it is a separate
// word. It does not mask a part of another name, because a volume group may be named
// after the host.
func (m *Mask) Host(text, hostname string) string {
	short, _, _ := strings.Cut(hostname, ".")
	return m.alone(m.alone(text, hostname), short)
}

func (m *Mask) alone(text, name string) string {
	if name == "" {
		return text
	}
	var masked strings.Builder
	for {
		before, after, found := strings.Cut(text, name)
		masked.WriteString(before)
		if !found {
			return masked.String()
		}
		if before != "" && partOfName(before[len(before)-1]) || after != "" && partOfName(after[0]) {
			masked.WriteString(name)
		} else {
			masked.WriteString(m.Name("host", name))
		}
		text = after
	}
}

func partOfName(c byte) bool {
	return letter(rune(c)) || digit(rune(c)) || c == '-' || c == '_'
}
