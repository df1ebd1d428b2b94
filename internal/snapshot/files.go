package snapshot

import (
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const hostnameFile = "/proc/sys/kernel/hostname"

// files returns the single files that are copied.
func files() []string {
	return []string{
		"/proc/1/mountinfo",
		"/proc/bus/input/devices",
		"/proc/cmdline",
		"/proc/consoles",
		"/proc/iomem",
		"/proc/mdstat",
		"/proc/modules",
		"/proc/net/fib_trie",
		"/proc/net/if_inet6",
		"/proc/net/ipv6_route",
		"/proc/net/route",
		"/proc/net/tcp",
		"/proc/net/tcp6",
		"/proc/self/mountinfo",
		"/proc/swaps",
		hostnameFile,
		sysfs.ReleaseFile,
		"/proc/xen/capabilities",
	}
}

// masked returns the content of a file with everything masked that identifies this
// machine.
func (c *copier) masked(name, content string) string {
	switch name {
	case hostnameFile:
		host, rest, _ := strings.Cut(content, "\n")
		return c.Mask.Name("host", host) + "\n" + rest
	case "/proc/1/mountinfo", "/proc/self/mountinfo":
		return c.Mask.Mounts(content)
	case "/proc/bus/input/devices":
		return c.Mask.Inputs(content)
	case "/proc/cmdline":
		return c.Mask.CommandLine(content, c.hostname)
	case "/proc/net/fib_trie":
		return c.Mask.FibTrie(content)
	case "/proc/net/if_inet6":
		return c.Mask.IfInet6(content)
	case "/proc/net/ipv6_route":
		return c.Mask.IPv6Route(content)
	case "/proc/net/route":
		return c.Mask.Route(content)
	case "/proc/net/tcp", "/proc/net/tcp6":
		return c.Mask.TCP(content)
	}
	switch path.Base(name) {
	case "serial", "wwid", "eui":
		return c.Mask.Identifier(content)
	case "node_name", "port_name":
		return c.Mask.WWN(content)
	case "address", "persistent_address", "arp_ip_target", "backing_file":
		return c.Mask.AddressText(content)
	}
	return c.Mask.Text(content)
}

// daemons copies what shows the ports of login daemons: the process ID of each
// daemon, and its sockets.
func (c *copier) daemons() {
	for _, daemon := range [...]string{"dropbear", "sshd"} {
		file := "/run/" + daemon + ".pid"
		pid, err := c.fsys.Attribute(file)
		if _, number := strconv.ParseUint(pid, 10, 32); err != nil || number != nil {
			continue
		}
		process := "/proc/" + pid
		if name, err := c.fsys.Attribute(process + "/comm"); err != nil || name != daemon {
			continue // the process ID has been reused
		}
		c.file(file)
		c.file(process + "/comm")
		walk(c.fsys, tree{dir: process + "/fd", depth: 1}, sockets{c})
	}
}
