package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// entry is a term of a manual page, and what it means.
type entry struct{ term, text string }

// entries prints a section of them.
func entries(p *strings.Builder, title string, all []entry, font string) {
	if len(all) == 0 {
		return
	}
	p.WriteString(".SH " + title + "\n")
	for _, e := range all {
		fmt.Fprintf(p, ".TP\n%s%s\\fR\n%s\n", font, roff(e.term), roff(e.text))
	}
}

// statusTexts are the exit statuses, as README.md has them.
var statusTexts = []entry{
	{"0", "Done, or nothing had to be done."},
	{"1", "Failed. The message says where the device is now."},
	{"2", "The command line was not understood."},
	{"3", "Refused: dom0 needs the device, a running guest has it, or pciback can never hold it."},
	{"4", "No such device."},
	{"5", "Done for the next boot, but not for now."},
	{"6", "xenpcid does not answer."},
}

// verbStatuses say more of the exit statuses of some verbs.
var verbStatuses = map[string][]entry{
	"xenpci-list": {{"1", "A device could not be read, and the others were listed; or -s or -d was not understood."}},
	"xenpci-check": {
		{"0", "hide would take the devices; without IDs, at least one device can be given to a guest."},
		{"1", "Something could not be read."},
		{"3", "hide would refuse one of the devices, alone or together with the others; without IDs, none can be given to a guest."},
	},
	"xenpci-verify":        {{"0", "Everything is as it is declared."}, {"1", "Something is not."}},
	"xenpci-hide":          {{"5", "The device is declared, and could not be hidden now."}},
	"xenpci-unhide":        {{"5", "The device is no longer declared, and could not be given back now."}},
	"xenpci-daemon-enable": {{"5", "xenpcid is enabled, and could not be started now."}},
}

func exitStatuses(p *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasParent() {
		entries(p, "EXIT STATUS", statusTexts, `\fB`)
		return
	}
	if own := verbStatuses[pageName(cmd)]; len(own) > 0 {
		entries(p, "EXIT STATUS", own, `\fB`)
		p.WriteString(".PP\nThe others are in\n.BR xenpci (8).\n")
		return
	}
	p.WriteString(".SH EXIT STATUS\nSee\n.BR xenpci (8).\n")
}

// environment is what every verb looks at.
var environment = []entry{
	{"NO_COLOR", "Nothing is printed in colour if it is set. Colour is for terminals in any case, and not for TERM=dumb."},
	{"LC_ALL, LC_CTYPE, LANG", "The first that is set is the locale. Unless it is one of UTF-8, marks, ellipses and lines are ASCII."},
}

// files are the files of the verbs.
var files = []entry{
	{"/etc/xenpci/devices.toml, /etc/xenpci/devices.d/*.toml", "The declared list: devices.toml(5)."},
	{"/etc/xenpci/daemon.toml", "The settings of xenpcid, if there are any: daemon.toml(5)."},
	{"/sys/bus/pci/drivers/pciback", "The driver that holds hidden devices."},
	{"/sys/hypervisor", "Xen's version."},
	{"/usr/share/misc/pci.ids, /usr/share/hwdata/pci.ids", "The names of vendors, devices and classes."},
	{"/run/xenpci/lock", "Commands that move devices take turns by it."},
	{"/run/xenpci/journal", "What a run has begun. The next run completes what a killed one left."},
	{"/run/xenpci/origin", "Which driver each hidden device came from, where no xenstored runs."},
	{"/run/xenpci/quarantine", "Which hidden devices Xen took into its quarantine."},
	{"/run/xenpci/io.xenpci", "The socket of xenpcid."},
	{"/var/lib/xenpci/seen", "What hidden devices were in dom0: their interfaces and disks."},
	{"/var/lib/xenpci/notes", "What the boot layers wrote, to take it back."},
}

// verbFiles are the files of some verbs, by their first words in files.
var verbFiles = map[string][]string{
	"xenpci":                {"/"},
	"xenpci-list":           {"/usr/share", "/var/lib/xenpci/seen"},
	"xenpci-status":         {"/sys", "/etc/xenpci/devices.toml", "/run/xenpci/origin", "/run/xenpci/quarantine", "/var/lib/xenpci/seen"},
	"xenpci-show":           {"/sys", "/usr/share", "/var/lib/xenpci/seen"},
	"xenpci-check":          {"/usr/share"},
	"xenpci-hide":           {"/etc/xenpci/devices.toml", "/sys/bus", "/run/xenpci/lock", "/run/xenpci/journal", "/run/xenpci/origin", "/run/xenpci/quarantine", "/var/lib"},
	"xenpci-unhide":         {"/etc/xenpci/devices.toml", "/sys/bus", "/run/xenpci/lock", "/run/xenpci/journal", "/run/xenpci/origin", "/run/xenpci/quarantine", "/var/lib"},
	"xenpci-apply":          {"/etc/xenpci/devices.toml", "/sys/bus", "/run/xenpci/lock", "/run/xenpci/journal"},
	"xenpci-hook-pre-xend":  {"/etc/xenpci/devices.toml"},
	"xenpci-hook-image":     {"/etc/xenpci/devices.toml"},
	"xenpci-boot":           {"/etc/xenpci/devices.toml", "/var/lib/xenpci/notes"},
	"xenpci-boot-enable":    {"/etc/xenpci/devices.toml", "/var/lib/xenpci/notes"},
	"xenpci-boot-disable":   {"/etc/xenpci/devices.toml", "/var/lib/xenpci/notes"},
	"xenpci-import":         {"/etc/xenpci/devices.toml"},
	"xenpci-verify":         {"/etc/xenpci/devices.toml", "/var/lib/xenpci/notes"},
	"xenpci-daemon":         {"/etc/xenpci/", "/run/xenpci/io"},
	"xenpci-daemon-enable":  {"/etc/xenpci/daemon.toml", "/var/lib/xenpci/notes"},
	"xenpci-daemon-disable": {"/var/lib/xenpci/notes"},
	"xenpci-daemon-status":  {"/run/xenpci/io"},
	"xenpci-daemon-reload":  {"/etc/xenpci/", "/run/xenpci/io"},
	"xenpci-events":         {"/run/xenpci/io"},
	"xenpci-call":           {"/run/xenpci/io"},
}

func filesOf(cmd *cobra.Command) (all []entry) {
	for _, file := range files {
		if slices.ContainsFunc(verbFiles[pageName(cmd)], func(start string) bool { return strings.HasPrefix(file.term, start) }) {
			all = append(all, file)
		}
	}
	return all
}

// verbSeeAlso are the pages that the pages of some verbs name beside xenpci(8).
var verbSeeAlso = map[string]string{
	"xenpci":               "devices.toml(5), daemon.toml(5), xenpcid(8), lspci(8), xl(1), xl.cfg(5)",
	"xenpci-list":          "xenpci-show(8), xenpci-check(8), lspci(8)",
	"xenpci-status":        "xenpci-list(8), xenpci-show(8), xenpci-verify(8), xl(1)",
	"xenpci-show":          "xenpci-check(8), xenpci-list(8), xl.cfg(5)",
	"xenpci-check":         "xenpci-list(8), xenpci-hide(8), xenpci-show(8)",
	"xenpci-hide":          "xenpci-check(8), xenpci-unhide(8), xenpci-boot(8), devices.toml(5), xl(1)",
	"xenpci-unhide":        "xenpci-hide(8), xenpci-status(8), devices.toml(5)",
	"xenpci-apply":         "xenpci-verify(8), devices.toml(5)",
	"xenpci-hook-pre-xend": "xenpci-apply(8), xenpci-verify(8)",
	"xenpci-hook-image":    "xenpci-boot(8), xenpci-verify(8)",
	"xenpci-boot":          "xenpci-verify(8), devices.toml(5), modprobe.d(5)",
	"xenpci-boot-enable":   "xenpci-boot-disable(8), xenpci-verify(8), modprobe.d(5)",
	"xenpci-boot-disable":  "xenpci-boot-enable(8)",
	"xenpci-import":        "xenpci-boot-enable(8), xenpci-verify(8), devices.toml(5), modprobe.d(5)",
	"xenpci-verify":        "xenpci-boot(8), xenpci-status(8), devices.toml(5)",
	"xenpci-daemon":        "xenpcid(8), daemon.toml(5)",
	"xenpci-daemon-enable": "xenpcid(8), daemon.toml(5)",
	"xenpci-daemon-status": "xenpcid(8), xenpci-events(8)",
	"xenpci-daemon-reload": "xenpcid(8), daemon.toml(5)",
	"xenpci-events":        "xenpcid(8), xenpci-daemon(8)",
	"xenpci-call":          "xenpcid(8), xenpci-daemon(8)",
}

func seeAlso(p *strings.Builder, cmd *cobra.Command) {
	pages := verbSeeAlso[pageName(cmd)]
	if cmd.HasParent() {
		pages = strings.TrimSuffix(pageName(cmd.Parent())+"(8), "+pages, ", ")
	}
	references(p, pages)
}

// references prints the section of pages such as "xl(1), xl.cfg(5)".
func references(p *strings.Builder, pages string) {
	p.WriteString(".SH SEE ALSO\n")
	all := strings.Split(pages, ", ")
	for i, page := range all {
		name, section, _ := strings.Cut(page, "(")
		comma := ","
		if i == len(all)-1 {
			comma = ""
		}
		fmt.Fprintf(p, ".BR %s (%s%s\n", roff(name), section, comma)
	}
}
