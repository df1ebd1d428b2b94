//go:build xen

package xenboot

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// askBoth has xenpci tell of the host, and the programs and files of the system too, each in a
// file below /root/told.
const askBoth = `mkdir /root/told
cd /root/told
for verb in 'host' 'host options' 'host check' 'host dmesg' 'host info' 'host services' 'host console' 'initramfs list' 'initramfs verify'; do
	xenpci $verb --json >"$verb" 2>"$verb.said"
done
cat /proc/cmdline >cmdline
uname -r >release
xl info >'xl info'
xl dmesg >'xl dmesg'
lsinitramfs /boot/initrd.img-* >lsinitramfs
cut -d ' ' -f 1 /proc/consoles >consoles
ps -e --no-headers -o pid,tty,comm >processes
grep hvc0 /etc/inittab >inittab
for name in xen xendomains; do
	if [ -d /run/systemd/system ]; then
		echo $name $(systemctl is-active $name) $(systemctl show --property WantedBy --value $name)
	elif [ -d /run/openrc ]; then
		echo $name $(rc-status --all | sed -n "s/^ *$name *\[ *\([a-z]*\) *\].*/\1/p" | head -n 1) $(rc-update show | sed -n "s/^ *$name |//p")
	else
		echo $name unknown $(ls -d /etc/rc?.d/S??$name | cut -c 8)
	fi
done >services
cp --parents /etc/default/grub /boot/grub/grub.cfg /boot/grub/menu.lst /boot/EFI/BOOT/BOOTX64.cfg .
true`

// TestHost has xenpci tell what runs, what boots next and what is wrong with it, and compares that
// with what Xen's own tools, the init system and the files tell.
func TestHost(t *testing.T) {
	for _, test := range []struct {
		variant            root.Variant
		config, hypervisor string
		findings           []string // of host check
		loader, xen, getty string   // links of the console
	}{
		{root.Debian, "/boot/grub/grub.cfg", "/boot/xen-4.17-amd64.gz", []string{"console_taken console=ttyS0"}, "holds", "holds", "holds"},
		{root.Variant{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}, "/boot/grub/menu.lst", "/boot/xen-4.17-amd64.gz", nil, "holds", "holds", "broken"},
		{root.Variant{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"}, "/boot/grub/grub.cfg", "/boot/xen-4.17-amd64.gz", []string{"console_taken console=ttyS0"}, "holds", "holds", "broken"},
		{root.Variant{Init: "systemd", Loader: "xen.efi", Initramfs: "initramfs-tools"}, "/boot/EFI/BOOT/BOOTX64.cfg", "/boot/EFI/BOOT/BOOTX64.EFI", nil, "unknown", "unknown", "holds"},
	} {
		t.Run(test.variant.String(), func(t *testing.T) {
			l := fresh(t, test.variant, twins())
			l.run(t, host.Order{Script: askBoth})
			a := told{t, l}
			a.boot(test.config, test.hypervisor)
			a.options()
			a.check(test.findings)
			a.log()
			a.info()
			a.services(test.variant.Init)
			a.console(test.loader, test.xen, test.getty)
			a.initramfs()
		})
	}
}

// told is what is on the disk after askBoth.
type told struct {
	t *testing.T
	l lab
}

// text returns what was written into a file.
func (a told) text(name string) string {
	a.t.Helper()
	content, err := a.l.Read(a.t.Context(), `"`+path.Join("/root/told", name)+`"`)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(content)
}

// words returns the words of a file.
func (a told) words(name string) []string {
	a.t.Helper()
	return strings.Fields(a.text(name))
}

// result reads the document of a verb.
func (a told) result(verb string, result any) {
	a.t.Helper()
	document := struct{ Result any }{result}
	if err := json.Unmarshal([]byte(a.text(verb)), &document); err != nil {
		a.t.Fatalf("%s: %v", verb, err)
	}
}

// xl returns a line of "xl info".
func (a told) xl(name string) string {
	a.t.Helper()
	lines := bufio.NewScanner(strings.NewReader(a.text("xl info")))
	for lines.Scan() {
		if before, after, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(before) == name {
			return strings.TrimSpace(after)
		}
	}
	a.t.Fatalf("xl info has no line %s", name)
	return ""
}

// same reports what xenpci tells otherwise than it is.
func (a told) same(verb string, want, got any) {
	a.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		a.t.Errorf("xenpci %s (-want +got):\n%s", verb, diff)
	}
}

// place is where a word stands.
type place struct {
	File string
	Line int
}

// placed is a word with its place.
type placed struct {
	Word  string
	Place place
}

// texts returns the words alone.
func texts(words []placed) (all []string) {
	for _, w := range words {
		all = append(all, w.Word)
	}
	return all
}

// boot compares what runs and what boots next: nothing was changed, so that they are the same.
func (a told) boot(config, hypervisor string) {
	type file struct{ Path string }
	var got struct {
		Running struct {
			Xen             bool
			Release, Kernel string
			XenLine         []string `json:"xen_line"`
			Dom0Line        []placed `json:"dom0_line"`
		}
		Next struct {
			Loader struct {
				Config string
			} `json:"boot_loader"`
			Hypervisor, Kernel file
			Initramfs          []file
			Release            string
			XenLine            []placed `json:"xen_line"`
			Dom0Line           []placed `json:"dom0_line"`
		}
		Differences map[string]any
	}
	a.result("host", &got)
	release := strings.TrimSpace(a.text("release"))
	a.same("host", []any{true, a.xl("xen_version"), release, strings.Fields(a.xl("xen_commandline")), a.words("cmdline"), map[string]any{"reboot": false}},
		[]any{got.Running.Xen, got.Running.Release, got.Running.Kernel, got.Running.XenLine, texts(got.Running.Dom0Line), got.Differences})
	next := got.Next
	a.same("host", []any{config, hypervisor, "/boot/vmlinuz-" + release, []file{{"/boot/initrd.img-" + release}}, a.xl("xen_version")},
		[]any{next.Loader.Config, next.Hypervisor.Path, next.Kernel.Path, next.Initramfs, next.Release})
	for _, w := range slices.Concat(next.XenLine, next.Dom0Line) {
		lines := strings.Split(a.text(w.Place.File), "\n")
		if n := w.Place.Line; n < 1 || n > len(lines) || !strings.Contains(lines[n-1], w.Word) {
			a.t.Errorf("%s is not at %s:%d", w.Word, w.Place.File, n)
		}
	}
}

// options compares the options of the image with those that the running Xen lets change, and with
// the words that it was given.
func (a told) options() {
	var got struct {
		Read    bool
		Release string
		Options []struct {
			Name string
			Set  []placed
		}
	}
	a.result("host options", &got)
	var changeable struct{ Parameters []struct{ Name string } }
	a.result("host info", &changeable)
	has, set := map[string]bool{}, []string{}
	for _, o := range got.Options {
		has[o.Name] = true
		if o.Name != "placeholder" {
			set = append(set, texts(o.Set)...)
		}
	}
	var given []string
	for _, word := range strings.Fields(a.xl("xen_commandline")) {
		if name, _, _ := strings.Cut(word, "="); has[name] && name != "placeholder" {
			given = append(given, word)
		}
	}
	slices.Sort(set)
	slices.Sort(given)
	a.same("host options", []any{true, a.xl("xen_version"), given}, []any{got.Read, got.Release, set})
	for _, p := range changeable.Parameters {
		if !has[p.Name] {
			a.t.Errorf("xenpci host options has no %s", p.Name)
		}
	}
	if len(changeable.Parameters) == 0 || len(given) < 2 {
		a.t.Errorf("%d options can be changed, and %q were given", len(changeable.Parameters), given)
	}
}

// check compares what is wrong.
func (a told) check(findings []string) {
	var got struct{ Findings []struct{ Code, Word string } }
	a.result("host check", &got)
	var codes []string
	for _, f := range got.Findings {
		codes = append(codes, f.Code+" "+f.Word)
	}
	a.same("host check", findings, codes)
}

// log compares Xen's log.
func (a told) log() {
	var got struct{ Lines []struct{ Text string } }
	a.result("host dmesg", &got)
	var lines strings.Builder
	for _, l := range got.Lines {
		fmt.Fprintln(&lines, l.Text)
	}
	a.same("host dmesg", a.text("xl dmesg"), lines.String())
}

// info compares what Xen says about itself.
func (a told) info() {
	type text struct{ Value string }
	type on struct{ On *bool }
	var got struct {
		Version             text
		CommandLine         text `json:"command_line"`
		IOMMU, HVM, HAP, PV on
		InterruptRemapping  on `json:"interrupt_remapping"`
	}
	a.result("host info", &got)
	can := strings.Fields(a.xl("virt_caps"))
	has := func(name string) on { is := slices.Contains(can, name); return on{&is} }
	remaps := strings.Contains(a.text("xl dmesg"), "Interrupt remapping enabled")
	a.same("host info", []any{text{a.xl("xen_version")}, text{a.xl("xen_commandline")}, has("pv_directio"), has("hvm"), has("hap"), has("pv"), on{&remaps}},
		[]any{got.Version, got.CommandLine, got.IOMMU, got.HVM, got.HAP, got.PV, got.InterruptRemapping})
}

// service is a service of Xen.
type service struct {
	Starts   []string
	State    string
	Programs []string
}

// services compares which services start, and what they do.
func (a told) services(init string) {
	var got struct {
		Init, Xen string
		Running   bool
		Services  []struct {
			Name, State string
			Starts      []string
			Programs    []struct {
				Name string
				PID  int
			}
		}
		Problems []map[string]string
	}
	a.result("host services", &got)
	a.same("host services", []any{init, a.xl("xen_version"), true, []map[string]string{}}, []any{got.Init, got.Xen, got.Running, got.Problems})
	services := map[string]service{}
	for _, s := range got.Services {
		shown := service{Starts: slices.Sorted(slices.Values(s.Starts)), State: s.State}
		for _, p := range s.Programs {
			shown.Programs = append(shown.Programs, fmt.Sprint(p.PID, " ", p.Name))
		}
		slices.Sort(shown.Programs)
		services[s.Name] = shown
	}
	var run []string
	for _, words := range a.processes() {
		if name := strings.TrimPrefix(words[2], "o"); name == "xenstored" || name == "xenconsoled" {
			run = append(run, words[0]+" "+name)
		}
	}
	slices.Sort(run)
	want := map[string]service{}
	for line := range strings.Lines(a.text("services")) {
		words := strings.Fields(line)
		s := service{Starts: slices.Sorted(slices.Values(words[2:])), State: map[string]string{"active": "done", "started": "done", "unknown": "unknown"}[words[1]]}
		if words[0] == "xen" && len(run) == 2 {
			s.State, s.Programs = "running", run
		}
		want[words[0]] = s
	}
	a.same("host services", want, services)
}

// processes returns number, terminal and name of each process.
func (a told) processes() (all [][]string) {
	for line := range strings.Lines(a.text("processes")) {
		if words := strings.Fields(line); len(words) > 2 {
			all = append(all, words)
		}
	}
	return all
}

// console compares the links of the console. What shows each now is read elsewhere.
func (a told) console(loader, xen, getty string) {
	var got struct {
		Port  string
		Links []struct{ Name, State, Proof string }
	}
	a.result("host console", &got)
	links := map[string]string{}
	for _, l := range got.Links {
		links[l.Name] = l.State + " " + l.Proof
	}
	shows := func(so bool) string { return map[bool]string{true: " proven", false: " refuted"}[so] }
	waits := slices.ContainsFunc(a.processes(), func(words []string) bool { return words[1] == "hvc0" })
	want := map[string]string{
		"firmware": "unknown unproven", "boot_loader": loader + " unproven", "securetty": "holds unproven",
		"xen":   xen + shows(slices.Contains(strings.Fields(a.xl("xen_commandline")), "console=com1")),
		"dom0":  "holds" + shows(slices.Contains(a.words("consoles"), "hvc0")),
		"getty": getty + shows(waits),
	}
	a.same("host console", want, links)
	if listed := a.text("inittab") != ""; !waits && listed {
		a.t.Error("inittab starts a getty on hvc0, and none runs")
	}
}

// initramfs compares what is in the image.
func (a told) initramfs() {
	var got struct {
		File  string
		Files []struct{ Name string }
	}
	a.result("initramfs list", &got)
	a.same("initramfs list", "/boot/initrd.img-"+strings.TrimSpace(a.text("release")), got.File)
	names := map[string]bool{}
	for _, f := range got.Files {
		names[f.Name] = true
	}
	a.same("initramfs list", slices.Sorted(slices.Values(a.words("lsinitramfs"))), slices.Sorted(maps.Keys(names)))
	var verified struct{ Findings []map[string]string }
	a.result("initramfs verify", &verified)
	a.same("initramfs verify", 0, len(verified.Findings))
}
