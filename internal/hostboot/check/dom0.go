package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/console"
	"github.com/xenpci/xenpci/internal/hostboot/image"
)

// dom0Line checks the line of dom0's kernel. What neither kernel knows may be for systemd, for
// dracut or for a script of the initramfs, and is no finding.
func (c *checker) dom0Line() {
	line := c.next.Dom0Line
	if len(line.Text) > hostboot.LongestDom0Line {
		c.add(Finding{Error, LineTooLong, line.Place, "", fmt.Sprintf("dom0's command line has %d bytes, and Xen cuts it after %d", len(line.Text), hostboot.LongestDom0Line), "remove what is not needed"})
	}
	words := line.Own()
	words = words[:min(len(words), mostWords)]
	taken := console.Taken(c.next)
	for i, w := range words {
		if i == 0 && w.Leading() || w.Open {
			continue
		}
		key, value, _ := strings.Cut(w.Text, "=")
		switch {
		case key == "xencons":
			c.word(Error, GoneOption, w, "no current kernel takes it", "write console=hvc0 in its place")
		case c.isXenWord(key):
			c.word(Error, XenWord, w, "it is for Xen, and dom0's kernel ignores it", "move it to Xen's command line")
		case key == "console" && slices.Contains(taken, strings.SplitN(value, ",", 2)[0]):
			c.word(Warning, ConsoleTaken, w, "Xen uses this serial port itself, and dom0 does not see it", "write console=hvc0, which goes through Xen's console")
		}
		if slices.ContainsFunc(words[i+1:], func(o hostboot.Word) bool { return o.Text == w.Text }) {
			c.word(Warning, Repeated, w, "it is there twice", "remove one of them")
		}
	}
}

// isXenWord reports whether a word is Xen's, and nothing that dom0's kernel takes too.
func (c *checker) isXenWord(key string) bool {
	key = strings.ReplaceAll(key, "\"", "")
	if slices.Contains(both[:], key) {
		return false
	}
	if _, gone := c.manual.Former(key); gone {
		return true
	}
	name := strings.TrimPrefix(key, "no-")
	if o, ok := c.table.Find(name); ok {
		return o.Type != image.Ignored
	}
	_, ok := c.manual.Documented(name, "")
	return ok
}

// both are options of Xen that Linux has too, with a meaning of its own.
var both = [...]string{
	"acpi", "acpi_apic_instance", "acpi_skip_timer_override", "acpi_sleep", "apic", "clocksource", "console", "cpufreq", "cpuidle", "crashkernel", "debug",
	"edd", "efi", "font", "hest_disable", "hpet", "iommu", "lapic", "lapic_timer_c2_ok", "maxcpus", "mce", "mem", "mmio-relax", "msi", "nmi", "noapic", "noirqbalance",
	"nolapic", "nosmp", "nr_irqs", "numa", "pci", "reboot", "sched", "tboot", "tsc", "tsx", "vga", "watchdog", "x2apic_phys", "xsave", "placeholder", "flask", "fred", "noht", "tmem",
}

// dom0Words are words that dom0's kernel or its initramfs reads, and Xen never took.
var dom0Words = [...]string{
	"root", "rootfstype", "rootflags", "rootdelay", "rootwait", "ro", "rw", "quiet", "splash", "rhgb", "nosplash", "init", "initrd", "single", "emergency", "rescue",
	"nomodeset", "modeset", "resume", "noresume", "vt.handoff", "earlyprintk", "net.ifnames", "biosdevname", "intel_iommu", "amd_iommu", "ipv6.disable", "selinux",
	"apparmor", "security", "audit", "cgroup_enable", "swapaccount", "panic", "module_blacklist", "modprobe.blacklist", "fbcon", "video", "swiotlb", "max_loop",
	"hypervisor.debug", "ip", "rd", "systemd", "BOOT_IMAGE", "locale", "keyboard-configuration", "mitigations", "nopti", "nohz", "isolcpus", "elevator", "zfs", "usbcore",
	"xen-pciback", "pciback", "pcie_aspm", "loglevel", "printk", "log_buf_len", "lockdown", "cryptdevice", "cryptopts", "dolvm", "domdadm", "real_root", "rootfs", "modules", "consoleblank",
}

// isDom0Word reports whether a word that Xen does not know is one of dom0's kernel, of one of its
// modules or of its initramfs.
func isDom0Word(key string) bool {
	name, _, dotted := strings.Cut(key, ".")
	return dotted || slices.Contains(dom0Words[:], key) || slices.Contains(dom0Words[:], name)
}
