package initscript_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// insserv is where 'make packages' unpacks Debian's. It is not installed: its
// package would number the links of the machine again.
const insserv = "../../build/insserv"

// other is a script of Debian's in the room of the real one.
func other(name, required, runlevels string) string {
	return "/etc/init.d/" + name + "=#!/bin/sh\n### BEGIN INIT INFO\n# Provides: " + strings.TrimSuffix(name, ".sh") +
		"\n# Required-Start: " + required + "\n# Required-Stop:\n# Default-Start: " + runlevels +
		"\n# Default-Stop:\n# Short-Description: x\n### END INIT INFO\n"
}

// debian is a system with the scripts that matter and insserv in it, since even
// with -p insserv writes to /etc/init.d.
func debian(t *testing.T) (root string, run func(args ...string)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("chroot(2) needs root")
	}
	program, err := os.ReadFile(insserv + "/sbin/insserv")
	if err != nil {
		t.Skip("insserv was not fetched (make packages): ", err)
	}
	entries := folders("/etc", "S0123456", "/run/", "/lib/insserv/", "/etc/insserv/overrides/",
		other("mountkernfs.sh", "", "S"), other("udev", "mountkernfs", "S"), other("kmod", "mountall", "S"), other("mountall.sh", "udev", "S"),
		other("xen", "$local_fs", "2 3 4 5"), other("xendomains", "$local_fs xen", "2 3 4 5"), other("libvirtd", "$local_fs", "2 3 4 5"))
	daemon, err := initd.Daemon(brand.Program)
	must(t, err)
	for _, f := range append(scripts(t), daemon...) {
		entries = append(entries, f.Path+"="+f.Text)
	}
	root = strings.TrimSuffix(tree(t, entries...), "/")
	must(t, os.Mkdir(filepath.Join(root, "sbin"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "sbin/insserv"), program, 0o755))
	conf, err := os.ReadFile(insserv + "/etc/insserv.conf")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "etc/insserv.conf"), conf, 0o644))
	libraries, err := exec.CommandContext(t.Context(), "ldd", insserv+"/sbin/insserv").Output()
	must(t, err)
	for _, word := range strings.Fields(string(libraries)) {
		if !strings.HasPrefix(word, "/") {
			continue
		}
		library, err := os.ReadFile(word)
		must(t, err)
		must(t, os.MkdirAll(filepath.Join(root, filepath.Dir(word)), 0o755))
		must(t, os.WriteFile(filepath.Join(root, word), library, 0o755))
	}
	return root, func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "/sbin/insserv", args...)
		command.Dir = "/"
		command.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("insserv %v: %v\n%s", args, err, out)
		}
	}
}

// runlevelLinks are the links of all runlevels.
func runlevelLinks(root string) []string {
	var all []string
	for _, l := range initscript.RunlevelLinks(root) {
		all = append(all, l.String())
	}
	return all
}

// TestInsserv has insserv install the shipped scripts, without a word of
// complaint, and take them away again.
func TestInsserv(t *testing.T) {
	root, run := debian(t)
	run("mountkernfs.sh", "udev", "mountall.sh", "kmod", "xen", "xendomains", "libvirtd")
	before := runlevelLinks(root)
	depend, err := os.ReadFile(filepath.Join(root, "etc/init.d/.depend.start"))
	must(t, err)

	run("xenpci-early")
	run("xenpci")
	run("xenpcid")
	for _, o := range initscript.Order(root, initscript.Init{Kind: initscript.SysV}, "xenpci-early", "xenpci") {
		want := initscript.Before
		if o.Ours == "xenpci" && o.Other == "xen" {
			want = initscript.After
		}
		if o.Place != want || o.Late {
			t.Errorf("%s is %s %s: %s", o.Ours, o.Place, o.Other, o.Why)
		}
	}
	number := map[string]int{}
	for _, l := range initscript.RunlevelLinks(root) {
		if l.Level == "S" || l.Level == "2" {
			number[l.Name] = l.Number
		}
	}
	if !(number["mountkernfs.sh"] < number["xenpci-early"] && number["xenpci-early"] < number["udev"]) {
		t.Errorf("in rcS.d: %v", number)
	}
	if !(number["xen"] < number["xenpci"] && number["xenpci"] < number["xendomains"] && number["xenpci"] < number["libvirtd"]) {
		t.Errorf("in rc2.d: %v", number)
	}

	if number["xenpcid"] <= number["xenpci"] || number["xenpcid"] <= number["xen"] {
		t.Errorf("in rc2.d: %v", number)
	}

	run("-r", "xenpcid")
	run("-r", "xenpci")
	run("-r", "xenpci-early")
	if diff := cmp.Diff(before, runlevelLinks(root)); diff != "" {
		t.Errorf("links afterwards (-before +after):\n%s", diff)
	}
	after, err := os.ReadFile(filepath.Join(root, "etc/init.d/.depend.start"))
	must(t, err)
	if diff := cmp.Diff(targets(string(depend)), targets(string(after))); diff != "" {
		t.Errorf(".depend.start afterwards (-before +after):\n%s", diff)
	}
}

// targets are the lines of .depend.start with their words in order: insserv
// writes them in that of the folder.
func targets(text string) [][]string {
	var all [][]string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		slices.Sort(words)
		all = append(all, words)
	}
	return all
}

// TestOwnLinks makes the links as RunlevelLinksFor says, on a system that
// insserv has ordered, and finds them in their place.
func TestOwnLinks(t *testing.T) {
	root, run := debian(t)
	run("mountkernfs.sh", "udev", "mountall.sh", "kmod", "xen", "xendomains", "libvirtd")
	must(t, os.Remove(filepath.Join(root, "etc/init.d/.depend.start")))
	plan, err := initscript.Enable(root, initscript.Init{Kind: initscript.SysV}, scripts(t), false)
	must(t, err)
	for _, l := range plan.Links {
		must(t, os.Symlink(l.Target, filepath.Join(root, l.Path)))
	}
	for _, o := range initscript.Order(root, initscript.Init{Kind: initscript.SysV}, "xenpci-early", "xenpci") {
		if o.Late {
			t.Errorf("%s is %s %s: %s", o.Ours, o.Place, o.Other, o.Why)
		}
	}
}
