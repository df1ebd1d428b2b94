package repository

import (
	"slices"
	"strings"
	"testing"
)

// floors are the packages of the product, the highest first. A package may
// import those of the floors below its own.
var floors = [][]string{
	{"cmd/xenpci", "cmd/xenpcid"},
	{"internal/cli", "internal/daemon"},
	{"internal/daemon/reconcile", "internal/daemon/uevent", "internal/daemon/watch", "internal/daemon/metrics", "internal/daemon/logging", "internal/daemon/inventory"},
	{"pkg/passthrough"},
	{"internal/hostboot/trial", "internal/hostboot/check"},
	{"internal/hostboot/console"},
	{"internal/hostboot"},
	{"internal/engine", "internal/boot", "internal/snapshot", "internal/foreign"},
	{"internal/journal", "internal/intent"},
	{"internal/plan", "internal/attribute", "internal/domctl", "internal/lspci", "internal/picture"},
	{"internal/usage", "internal/fit", "internal/seen"},
	{"internal/usage/storage", "internal/usage/console", "internal/usage/platform"},
	{"internal/usage/network", "internal/kernelname", "internal/irq", "internal/uart"},
	{"internal/usage/graph"},
	{"systemd", "init.d", "openrc", "upstart", "initramfs"},
	{"internal/brand", "internal/hostboot/option", "internal/hostboot/services"},
	{"internal/hostboot/image", "pkg/pciback", "pkg/initscript", "pkg/xencfg", "pkg/syslinux", "internal/config", "internal/topology", "internal/mask", "internal/kernellog"},
	{"pkg/pci", "pkg/grub", "internal/pe", "internal/kmod", "internal/hypervisor", "internal/initramfs", "internal/xenstore", "internal/archive", "internal/change", "internal/varlink"},
	{"pkg/modprobe", "internal/block", "internal/etc", "internal/hypercall"},
	{"pkg/edit", "internal/fnmatch", "internal/parameter", "internal/xz", "internal/sysfs", "internal/program", "internal/prose", "internal/socket"},
	{"internal/interrupt"},
	{"packaging"},
}

// testPackages are imported by tests and by each other alone.
var testPackages = []string{"internal/fakekernel", "internal/engine/enginetest", "internal/xenstore/xenstoretest", "internal/usage/graph/graphtest", "internal/hostboot/image/imagetest", "internal/pe/petest", "test"}

// keeper is what only some packages of the product may import, and why.
type keeper struct {
	imported string // a package, or a path that packages begin with
	by       []string
	why      string
}

var keepers = []keeper{
	{"github.com/spf13/", []string{"internal/cli"}, "the command line is parsed in one place"},
	{"github.com/pelletier/go-toml/", []string{"internal/config"}, "only the declared list and the daemon's settings are TOML"},
	{"github.com/jaypipes/", []string{"internal/daemon/inventory"}, "it brings net/http, and reads without a deadline"},
	{"github.com/fsnotify/fsnotify", []string{"internal/daemon/watch"}, "only the daemon waits for files to change"},
	{"golang.org/x/term", []string{"internal/cli"}, "only the command line knows of a terminal"},
	{"golang.org/x/sys/unix", []string{"internal/sysfs", "internal/xenstore", "internal/hypercall", "internal/domctl", "internal/journal", "internal/attribute", "internal/engine", "internal/etc", "internal/daemon", "internal/daemon/uevent", "internal/socket", "internal/varlink"},
		"system calls stay where a file of the kernel or a lock is"},
	{"unsafe", []string{"internal/hypercall", "internal/attribute"}, "only hypercalls, and processes that share memory, take addresses"},
	{"net", []string{"internal/xenstore", "internal/daemon", "internal/daemon/logging", "internal/socket", "internal/varlink"}, "there are no sockets but unix sockets"},
	{"os/exec", []string{"internal/program"}, "programs are run by their arguments, with a deadline, in one place; only where it cannot clone does internal/attribute start one"},
	{"os/signal", []string{"internal/cli", "internal/daemon"}, "only programs are interrupted"},
	{"log/slog", []string{"internal/daemon", "internal/daemon/logging"}, "only the daemon has a log"},
	{"flag", []string{"internal/daemon"}, "the daemon has a few flags and no verbs"},
	{"os", []string{"cmd/xenpci", "cmd/xenpcid", "internal/cli", "internal/daemon", "internal/daemon/uevent", "internal/daemon/logging", "internal/daemon/inventory", "pkg/passthrough", "internal/engine", "internal/journal", "internal/intent", "internal/attribute", "internal/program",
		"internal/hypercall", "internal/xenstore", "internal/sysfs", "internal/etc", "internal/socket", "internal/varlink"}, "a package below pkg reads and writes through internal/sysfs, and a plan not at all"},
	{"time", []string{"internal/cli", "internal/daemon", "internal/daemon/logging", "internal/daemon/reconcile", "internal/daemon/watch", "internal/daemon/uevent", "internal/daemon/inventory", "pkg/passthrough", "internal/engine", "internal/attribute", "internal/program", "internal/xenstore", "internal/initramfs", "internal/boot", "internal/change", "internal/hostboot/trial", "internal/hypervisor", "internal/sysfs", "internal/socket", "internal/varlink"}, "who waits has a deadline; the others do not wait"},
}

// TestImportsRunOneWay holds the product to its floors.
func TestImportsRunOneWay(t *testing.T) {
	floor := map[string]int{}
	for i, packages := range floors {
		for _, p := range packages {
			floor[p] = i
		}
	}
	for _, p := range list(t, "./...") {
		name, _ := own(p.ImportPath)
		if testOnly(name) || strings.HasPrefix(name, "build/") {
			continue
		}
		at, known := floor[name]
		if !known {
			t.Errorf("%s is on no floor; give it one in floors", name)
			continue
		}
		delete(floor, name)
		for _, imported := range p.Imports {
			below, ours := own(imported)
			if !ours {
				continue
			}
			if testOnly(below) {
				t.Errorf("%s imports %s, which is for tests", name, below)
			} else if !slices.ContainsFunc(floors[at+1:], func(f []string) bool { return slices.Contains(f, below) }) {
				t.Errorf("%s imports %s, which is not on a floor below it", name, below)
			}
		}
	}
	for name := range floor {
		t.Errorf("%s is on a floor, and no such package is there", name)
	}
}

// TestKeepers holds the product to what only some of its packages may import.
func TestKeepers(t *testing.T) {
	packages := list(t, "./cmd/...", "./internal/...", "./pkg/...", "./systemd", "./init.d", "./openrc", "./upstart", "./initramfs")
	for _, k := range keepers {
		var users []string
		for _, p := range packages {
			name, _ := own(p.ImportPath)
			if testOnly(name) || !slices.ContainsFunc(p.Imports, k.covers) {
				continue
			}
			users = append(users, name)
			if !slices.Contains(k.by, name) {
				t.Errorf("%s imports %s: %s", name, k.imported, k.why)
			}
		}
		for _, name := range k.by {
			if !slices.Contains(users, name) {
				t.Errorf("%s may import %s and does not; take the permission back", name, k.imported)
			}
		}
	}
}

// commandLine is what of the product the command line imports: the library, and
// what only prints.
var commandLine = []string{"pkg/passthrough", "pkg/pci", "pkg/pciback", "internal/lspci", "internal/picture", "internal/varlink"}

// TestCommandLineHasNoRules holds the command line to flags, text and exit
// statuses: what a verb does is the library's.
func TestCommandLineHasNoRules(t *testing.T) {
	for _, p := range list(t, "./internal/cli") {
		for _, imported := range p.Imports {
			if name, ours := own(imported); ours && !slices.Contains(commandLine, name) {
				t.Errorf("internal/cli imports %s; pkg/passthrough is to do that", name)
			}
		}
	}
}

func (k keeper) covers(imported string) bool {
	return imported == k.imported || strings.HasSuffix(k.imported, "/") && strings.HasPrefix(imported, k.imported)
}

func testOnly(name string) bool {
	return slices.ContainsFunc(testPackages, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
}
