package pciback_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/test/scratch"
)

// start returns what a kernel with that command line and that file of modprobe.d starts
// pciback with.
func start(t *testing.T, line, options string, builtIn bool) pciback.Start {
	t.Helper()
	root := scratch.Dir(t)
	if err := os.MkdirAll(filepath.Join(root, "etc/modprobe.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/modprobe.d/x.conf"), []byte(options), 0o644); err != nil {
		t.Fatal(err)
	}
	return pciback.Start{
		Module: "xen-pciback", BuiltIn: builtIn, CommandLine: grub.ParseCommandLine(line), At: pciback.Place{File: "/proc/cmdline"},
		Config: modprobe.Read(modprobe.System{Root: root, CommandLine: line}),
	}
}

func TestStart(t *testing.T) {
	const argument = "placeholder xen-pciback.hide=(00:09.0)(00:0a:0) ro"
	long := strings.Repeat("(0000:00:09.0)", 74)
	for _, test := range []struct {
		name, line, options string
		builtIn             bool
		want                string // the facts of the error, " ... " between them; "" for none
	}{
		{"nothing is set", "ro", "", false, ""},
		{"a good list", "", "options xen-pciback hide=(00:09.0)", false, ""},
		{"a bad group", "", "# first\noptions xen-pciback hide=(00:09.0)(00:0a:0)(00:0b.0)", false, `x.conf:2: hide= ... at "(00:0a:0)": ... did you mean 00:0a.0 ... does not start; correct`},
		{"a slot that does not exist", "", "options xen-pciback hide=(00:2a.0)", false, `at "(00:2a.0)": ... 2a`},
		{"a group that does not end", "", "options xen-pciback hide=(00:09.0", false, `at "(00:09.0" ... does not start`},
		{"a later list takes effect", "", "options xen-pciback hide=(x)\noptions xen-pciback hide=(00:09.0)", false, ""},
		{"the argument takes effect", "xen-pciback.hide=(00:09.0)", "options xen-pciback hide=(x)", false, ""},
		{"a bad argument, of the module", argument, "options xen-pciback hide=(00:09.0)", false, `/proc/cmdline: xen-pciback.hide= ... at "(00:0a:0)" ... boot loader ... reboot`},
		{"a bad argument", argument, "", true, `/proc/cmdline: xen-pciback.hide= ... at "(00:0a:0)" ... boot loader ... reboot`},
		{"a bad argument under another spelling", "xen_pciback.hide=(x)", "", true, `/proc/cmdline: xen_pciback.hide=(x): at "(x)"`},
		{"a bad argument of an older kernel", "pciback.hide=(x)", "", true, ""},
		{"a bad argument for init", "-- xen-pciback.hide=(x)", "", true, ""},
		{"modprobe's options for a driver that is built in", "", "options xen-pciback hide=(x)", true, ""},
		{"no value", "", "options xen-pciback hide", false, "x.conf:1: hide: ... no value ... not load"},
		{"no value for a driver that is built in", "xen-pciback.hide", "", true, ""},
		{"too long", "", "options xen-pciback hide=" + long, false, "longer than 1024 ... not load"},
		{"too long, and overridden", "xen-pciback.hide=(00:09.0)", "options xen-pciback hide=" + long, false, "longer than 1024 ... not load"},
		{"too long for a driver that is built in", "xen-pciback.hide=" + long, "", true, ""},
		{"another parameter", "", "options xen-pciback permissive=perhaps", false, "x.conf:1: permissive=perhaps: ... neither yes nor no ... not load"},
		{"another parameter on the command line", "xen-pciback.passthrough=", "", false, "/proc/cmdline: xen-pciback.passthrough=: ... neither"},
		{"another parameter of a driver that is built in", "xen-pciback.permissive=perhaps", "", true, ""},
		{"good values", "", "options xen-pciback permissive passthrough=Y verbose_request=3", false, ""},
		{"refused by the kernel", "module_blacklist=e1000,xen_pciback", "", false, "/proc/cmdline: module_blacklist= ... refuses the module"},
		{"refused under a name that the kernel does not have", "module_blacklist=xen-pciback", "", false, ""},
		{"not called by the kernel", "initcall_blacklist=pcistub_init", "", true, "/proc/cmdline: initcall_blacklist= ... does not start"},
		{"replaced by a command", "", "install xen-pciback /bin/false", false, "x.conf:1: install xen_pciback /bin/false: modprobe runs this"},
		{"loaded by a command", "", "install xen-pciback /sbin/modprobe --ignore-install xen-pciback; /bin/true", false, ""},
		{"blacklisted for udev only", "", "blacklist xen-pciback", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if e := start(t, test.line, test.options, test.builtIn).Check(); e != nil {
				got = e.Error()
			}
			rest := got
			for fact := range strings.SplitSeq(test.want, " ... ") {
				_, after, found := strings.Cut(rest, fact)
				if !found || (test.want == "") != (got == "") {
					t.Fatalf("%q, want %q", got, test.want)
				}
				rest = after
			}
		})
	}
}

func TestStartErrorAdvice(t *testing.T) {
	e := pciback.StartError{Place: pciback.Place{File: "/proc/cmdline"}, Argument: true, Text: "xen-pciback.hide=(x)"}
	e.Origins = []pciback.Place{{File: "/etc/default/grub", Line: 2}, {File: "/etc/default/grub.d/x.cfg", Line: 3}}
	if got, want := e.Advice(), "correct or remove it in /etc/default/grub:2 and /etc/default/grub.d/x.cfg:3, run"; !strings.HasPrefix(got, want) {
		t.Error(got)
	}
	e.Origins, e.Gone = nil, true
	if got := e.Advice(); !strings.HasPrefix(got, "reboot") {
		t.Error(got)
	}
}

func TestParameterBool(t *testing.T) {
	for text, want := range map[string]string{
		"p": "yes", "p=1": "yes", "p=Y": "yes", "p=true": "yes", "p=on": "yes", "p=0": "no", "p=n": "no", "p=off": "no", "p=": "", "p=2": "", "p=o": "",
	} {
		given := pciback.ParametersOnLine(grub.ParseCommandLine("x."+text), "x", pciback.Place{})
		value, ok := given[0].Bool()
		if ok != (want != "") || value != (want == "yes") {
			t.Errorf("%s: %v, %v", text, value, ok)
		}
	}
}
