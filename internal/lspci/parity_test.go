package lspci

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
)

// oldLimit is where lspci up to 3.9 cuts the names of classes and devices.
const oldLimit = 127

// reference runs the lspci of this machine over other trees.
type reference struct {
	path  string
	limit int    // of names: older versions cut them sooner
	ids   string // the pci.ids to use
}

func newReference(t *testing.T, ids string) reference {
	t.Helper()
	path, err := exec.LookPath("lspci")
	if err != nil {
		t.Skip("lspci is not installed (Debian: apt install pciutils)")
	}
	version, err := exec.Command(path, "--version").Output()
	var major, minor int
	if _, scanErr := fmt.Sscanf(string(version), "lspci version %d.%d", &major, &minor); err != nil || scanErr != nil {
		t.Skipf("lspci does not say its version: %q, %v", version, err)
	}
	r := reference{path: path, limit: nameLimit, ids: ids}
	if major == 3 && minor <= 9 {
		r.limit = oldLimit
	}
	return r
}

type result struct {
	Output string
	Exit   int
	Errors string // of a refused filter
}

// moduleLines are left out of the comparison: lspci takes them from this
// machine's own /lib/modules, whatever tree it is shown.
var moduleLines = regexp.MustCompile(`(?m)^\tKernel modules: .*\n`)

func (r reference) run(t *testing.T, root string, flags []string) result {
	t.Helper()
	args := []string{"-A", "linux-sysfs", "-O", "sysfs.path=" + root + "/sys/bus/pci", "-O", "hwdb.disable=1", "-i", r.ids}
	lspci := exec.Command(r.path, append(args, flags...)...)
	lspci.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C")
	var out, complaints bytes.Buffer
	lspci.Stdout, lspci.Stderr = &out, &complaints
	err := lspci.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	got := result{Output: moduleLines.ReplaceAllString(out.String(), ""), Exit: lspci.ProcessState.ExitCode()}
	if got.Exit != 0 {
		got.Errors = strings.TrimPrefix(complaints.String(), "lspci: ")
	}
	return got
}

// ours does what the command's list does with the same flags.
func (r reference) ours(t *testing.T, root string, flags []string) result {
	t.Helper()
	o := Options{limit: r.limit}
	var filter pci.Filter
	for i := 0; i < len(flags); i++ {
		var err error
		switch flags[i] {
		case "-n":
			o.IDs = Numeric
		case "-nn":
			o.IDs = NameAndID
		case "-D":
			o.Domains = true
		case "-k":
			o.Kernel = true
		case "-s":
			i++
			err = filter.ParseSlot(flags[i])
		case "-d":
			i++
			err = filter.ParseID(flags[i])
		}
		if err != nil {
			return result{Exit: 1, Errors: err.Error() + "\n"}
		}
	}
	devices, domains, err := Select(root, filter, o.Kernel)
	if err != nil {
		t.Fatal(err)
	}
	o.Domains = o.Domains || domains
	names, err := pci.ReadNames("", r.ids, devices)
	if err != nil {
		t.Fatal(err)
	}
	o.Names = names
	var out bytes.Buffer
	if err := List(&out, devices, o); err != nil {
		t.Fatal(err)
	}
	return result{Output: out.String()}
}

// compare runs both with every combination of the flags and these filters.
func (r reference) compare(t *testing.T, root string, filters [][]string) {
	t.Helper()
	for _, ids := range [][]string{nil, {"-n"}, {"-nn"}} {
		for _, domains := range [][]string{nil, {"-D"}} {
			for _, kernel := range [][]string{nil, {"-k"}} {
				for _, filter := range filters {
					var flags []string
					for _, some := range [][]string{ids, domains, kernel, filter} {
						flags = append(flags, some...)
					}
					want, got := r.run(t, root, flags), r.ours(t, root, flags)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("lspci %s: -lspci +ours\n%s", strings.Join(flags, " "), diff)
					}
				}
			}
		}
	}
}

// generatedIDs has names for some of what generate makes, and some long ones.
func generatedIDs(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for vendor := range 6 {
		fmt.Fprintf(&text, "%04x  Vendor %d, Inc.\n", 0x1000+vendor, vendor)
		for device := range 6 {
			name := strings.Repeat("long ", device*device*2)
			fmt.Fprintf(&text, "\t%04x  Card %d %sr\xe9seau\n", device, device, name)
			fmt.Fprintf(&text, "\t\t%04x %04x  Card of a maker %s\n", 0x1001, device, name)
		}
	}
	text.WriteString("S 1002\n\t0001  Any card of this maker\n")
	text.WriteString("C 02  Network controller\n\t00  Ethernet controller\n\t80  Network controller " +
		strings.Repeat("of many words ", 12) + "\nC 06  Bridge\n\t04  PCI bridge\n")
	name := filepath.Join(t.TempDir(), "pci.ids")
	if err := os.WriteFile(name, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// generate makes a tree as the kernel would, with ids of generatedIDs and
// others.
func generate(t *testing.T, r *rand.Rand, devices int, domains []uint32) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"/sys/bus/pci/devices", "/sys/bus/pci/drivers/3c59x"} {
		if err := os.MkdirAll(root+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range devices {
		a := pci.Address{
			Domain: domains[r.IntN(len(domains))],
			Bus:    uint8(r.IntN(3)), Slot: uint8(r.IntN(32)), Function: uint8(r.IntN(2) * r.IntN(8)),
		}
		writeDevice(t, root, a, r)
	}
	return root
}

func writeDevice(t *testing.T, root string, a pci.Address, r *rand.Rand) {
	t.Helper()
	dir := root + "/sys/bus/pci/devices/" + a.String()
	if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) {
		return
	}
	vendor, device := uint16(0x1000+r.IntN(7)), uint16(r.IntN(7))
	subVendor, subDevice := []uint16{0, 0xffff, 0x1001, 0x1002, vendor, 0x2222}[r.IntN(6)], uint16(r.IntN(7))
	class := []uint32{0x020000, 0x028000, 0x02fe01, 0x060400, 0x0c0330, 0xff0000}[r.IntN(6)]
	revision := []uint8{0, 1, 0x30}[r.IntN(3)]
	config := make([]byte, 256)
	for offset, value := range map[int]uint16{0: vendor, 2: device, 0x2c: subVendor, 0x2e: subDevice} {
		binary.LittleEndian.PutUint16(config[offset:], value)
	}
	binary.LittleEndian.PutUint32(config[8:], class<<8|uint32(revision))
	files := map[string]string{
		"vendor":           fmt.Sprintf("0x%04x\n", vendor),
		"device":           fmt.Sprintf("0x%04x\n", device),
		"class":            fmt.Sprintf("0x%06x\n", class),
		"revision":         fmt.Sprintf("0x%02x\n", revision),
		"subsystem_vendor": fmt.Sprintf("0x%04x\n", subVendor),
		"subsystem_device": fmt.Sprintf("0x%04x\n", subDevice),
		"config":           string(config),
		"modalias": fmt.Sprintf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", vendor, device, subVendor, subDevice,
			class>>16, class>>8&0xff, class&0xff),
	}
	switch r.IntN(4) {
	case 0: // a kernel of 2.6: neither revision nor modalias
		delete(files, "revision")
		delete(files, "modalias")
	case 1: // captured without the subsystem
		delete(files, "modalias")
		delete(files, "subsystem_vendor")
		delete(files, "subsystem_device")
	}
	if r.IntN(5) == 0 {
		files["label"] = "Onboard\n"
	}
	for name, value := range files {
		if err := os.WriteFile(dir+"/"+name, []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r.IntN(2) == 0 {
		if err := os.Symlink("../../drivers/3c59x", dir+"/driver"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParityGenerated(t *testing.T) {
	lspci := newReference(t, generatedIDs(t))
	filters := [][]string{
		nil, {"-s", "1:"}, {"-s", "10000:1:*.0"}, {"-d", "1001:"}, {"-d", "::02xx"},
		{"-s", "1:", "-s", ".0", "-d", ":3"}, {"-s", "1f.9"}, {"-d", "nothing"},
	}
	for seed, domains := range [][]uint32{{0}, {0, 0x10000}, {1, 0xffff}} {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		lspci.compare(t, generate(t, r, 40, domains), filters)
	}
	lspci.compare(t, generate(t, rand.New(rand.NewPCG(0, 0)), 0, []uint32{0}), filters[:2])
}

// Arguments of -s and -d, taken or refused, choose the same devices and get the
// same words.
func TestParityFilters(t *testing.T) {
	lspci := newReference(t, generatedIDs(t))
	root := generate(t, rand.New(rand.NewPCG(5, 5)), 200, []uint32{0, 1, 0x10000})
	for _, flags := range [][]string{
		{"-s", ""}, {"-s", ":"}, {"-s", "::"}, {"-s", "*"}, {"-s", "*:*:*.*"}, {"-s", "1f"}, {"-s", "1F."}, {"-s", ".1"},
		{"-s", "0:"}, {"-s", "0::"}, {"-s", "10000::"}, {"-s", "1:02:1f.0"}, {"-s", "*.1"}, {"-s", "*:1:.1"},
		{"-s", "20"}, {"-s", ".8"}, {"-s", "100:"}, {"-s", "80000000::"}, {"-s", "1.2.3"}, {"-s", "1:2:3:4"}, {"-s", "g"},
		{"-s", " 1"}, {"-s", "1f.0 "}, {"-s", "00000000000001:"}, {"-s", strings.Repeat("0", 64)},
		{"-d", ":"}, {"-d", "1001:"}, {"-d", ":0003"}, {"-d", "1001:3"}, {"-d", "*:*"}, {"-d", "::0200"}, {"-d", "::2"},
		{"-d", "::02xx"}, {"-d", "::XXxx"}, {"-d", "::xxxxx"}, {"-d", ":::30"}, {"-d", "::0c03:30"}, {"-d", ":::100"},
		{"-d", "1001"}, {"-d", ""}, {"-d", "10000:"}, {"-d", ":10000"}, {"-d", "1:2:3:4:5"}, {"-d", "x:"},
		{"-s", "1:", "-s", "2:"}, {"-s", "1:3", "-s", ".0"}, {"-d", "1001:3", "-d", "1002:"},
	} {
		want, got := lspci.run(t, root, flags), lspci.ours(t, root, flags)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lspci %q: -lspci +ours\n%s", flags, diff)
		}
	}
}

func TestParityArchives(t *testing.T) {
	const archives = "../../testdata/sysfs"
	ids := "/usr/share/misc/pci.ids"
	if _, err := os.Stat(ids); err != nil {
		ids = generatedIDs(t)
	}
	lspci := newReference(t, ids)
	found, err := filepath.Glob(archives + "/*.txtar")
	if err != nil || len(found) == 0 {
		t.Skipf("no archives in %s (%v)", archives, err)
	}
	for _, archive := range found {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			host := fakekernel.Unpack(t, name)
			lspci.compare(t, host.Root, [][]string{nil, {"-s", "00:"}, {"-d", "8086:"}})
		})
	}
}
