package modprobe_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

func TestRead(t *testing.T) {
	root := t.TempDir()
	put(t, root, "/etc/modprobe.d/b.conf", "blacklist etc\n")
	put(t, root, "/run/modprobe.d/b.conf", "blacklist run\n")
	put(t, root, "/run/modprobe.d/z.conf", "blacklist z\n")
	put(t, root, "/usr/local/lib/modprobe.d/a.conf", "blacklist a\n")
	put(t, root, "/usr/lib/modprobe.d/z.conf", "blacklist lib\n")
	put(t, root, "/usr/lib/modprobe.d/hidden.conf", "blacklist hidden\n")
	put(t, root, "/usr/lib/modprobe.d/folder.conf", "blacklist under-folder\n")
	put(t, root, "/etc/modprobe.d/folder.conf/x.conf", "blacklist x\n")
	put(t, root, "/etc/modprobe.d/no", "blacklist no\n")
	put(t, root, "/etc/modprobe.d/.conf", "blacklist no\n")
	put(t, root, "/etc/modprobe.d/.c.conf", "blacklist no\n")
	put(t, root, "/etc/modprobe.d/c.conf~", "blacklist no\n")
	put(t, root, "/etc/modprobe.conf", "blacklist single\n")
	put(t, root, "/usr/lib/modules/6.1/modules.softdep", "softdep r8169 pre: realtek\n")
	for name, target := range map[string]string{
		"/lib": "usr/lib", "/etc/modprobe.d/hidden.conf": "/dev/null", "/run/modprobe.d/folder.conf": "../../etc", "/etc/modprobe.d/gone.conf": "nowhere",
	} {
		if err := os.Symlink(target, root+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(root+"/etc/modprobe.d/fifo.conf", 0o644); err != nil {
		t.Fatal(err)
	}
	put(t, root, "/etc/modprobe.d/long.conf", strings.Repeat("#", modprobe.MaxFile+1))

	c := modprobe.Read(modprobe.System{Root: root, Release: "6.1", CommandLine: "quiet modprobe.blacklist=q\n"})
	var got, files, unread []string
	for _, f := range c.Lines(modprobe.Blacklist) {
		got = append(got, f.Where.String()+" "+f.Directive.Module)
	}
	for _, f := range c.Files {
		files = append(files, f.Path)
	}
	for _, err := range c.Unread {
		unread = append(unread, err.Error())
	}
	if diff := cmp.Diff([]string{
		"/usr/local/lib/modprobe.d/a.conf:1 a", "/etc/modprobe.d/b.conf:1 etc", "/lib/modprobe.d/folder.conf:1 under_folder",
		"/run/modprobe.d/z.conf:1 z", "the kernel command line q",
	}, got); diff != "" {
		t.Errorf("lines: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"/usr/local/lib/modprobe.d/a.conf", "/etc/modprobe.d/b.conf", "/lib/modprobe.d/folder.conf", "/etc/modprobe.d/hidden.conf",
		"/lib/modules/6.1/modules.softdep", "/run/modprobe.d/z.conf",
	}, files); diff != "" {
		t.Errorf("files: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/lib/modprobe.d/hidden.conf", "/lib/modprobe.d/z.conf", "/run/modprobe.d/b.conf"}, c.Masked); diff != "" {
		t.Errorf("masked: -want +got:\n%s", diff)
	}
	if len(unread) != 3 || !strings.Contains(unread[0], "fifo.conf") || !strings.Contains(unread[1], "gone.conf") || !strings.Contains(unread[2], "long.conf") {
		t.Errorf("unread: %q", unread)
	}
	old := modprobe.Read(modprobe.System{Root: root, Old: true}).Lines(modprobe.Blacklist)
	if old[0].Directive.Module != "single" || old[0].Where != (modprobe.Where{File: "/etc/modprobe.conf", Line: 1}) {
		t.Errorf("for module-init-tools the first line is %+v", old[0])
	}
}

func TestReadNothing(t *testing.T) {
	c := modprobe.Read(modprobe.System{Root: t.TempDir(), Release: "6.1", Old: true})
	if len(c.Files)+len(c.Masked)+len(c.Unread) != 0 || c.Softdep("a").Wins != nil || c.Options("a").Parameters != nil {
		t.Errorf("%+v", c)
	}
}

func TestOptions(t *testing.T) {
	root := t.TempDir()
	put(t, root, "/etc/modprobe.d/a.conf", "# x\noptions xen_pciback hide=(00:04.0) permissive=1\noptions pciback hide=(00:05.0)\n")
	put(t, root, "/etc/modprobe.d/b.conf", "options xen-pciback hide=\"(00:06.0) (00:07.0)\" flag -- late=1\n")
	c := modprobe.Read(modprobe.System{Root: root})
	a, b := modprobe.Where{File: "/etc/modprobe.d/a.conf", Line: 2}, modprobe.Where{File: "/etc/modprobe.d/b.conf", Line: 1}
	four := modprobe.Setting{Where: a, Word: "hide=(00:04.0)", Value: "(00:04.0)", Given: true}
	six := modprobe.Setting{Where: b, Word: `hide="(00:06.0) (00:07.0)"`, Value: "(00:06.0) (00:07.0)", Given: true}
	want := modprobe.ModuleOptions{
		Text: `hide=(00:04.0) permissive=1 hide="(00:06.0) (00:07.0)" flag -- late=1`,
		Parameters: []modprobe.Parameter{
			{Name: "hide", Wins: six, Loses: []modprobe.Setting{four}},
			{Name: "permissive", Wins: modprobe.Setting{Where: a, Word: "permissive=1", Value: "1", Given: true}},
			{Name: "flag", Wins: modprobe.Setting{Where: b, Word: "flag"}},
		},
		Ignored: []modprobe.Setting{{Where: b, Word: "late=1", Value: "1", Given: true}},
	}
	if diff := cmp.Diff(want, c.Options("xen-pciback")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	put(t, root, "/etc/modprobe.d/b.conf", "")
	c = modprobe.Read(modprobe.System{Root: root, CommandLine: "xen-pciback.hide=(00:09.0)(00:0a.0) pciback.hide=(00:05.0)"})
	o := c.Options("xen-pciback")
	hide := o.Parameter("hide")
	won := modprobe.Setting{Word: "hide=(00:09.0)(00:0a.0)", Value: "(00:09.0)(00:0a.0)", Given: true}
	if diff := cmp.Diff(&modprobe.Parameter{Name: "hide", Wins: won, Loses: []modprobe.Setting{four}}, hide); diff != "" {
		t.Errorf("with a command line: -want +got:\n%s", diff)
	}
}

// TestWords has what the kernel's next_arg makes of each text.
func TestWords(t *testing.T) {
	given := func(name, value, word string) modprobe.Parameter {
		return modprobe.Parameter{Name: name, Wins: modprobe.Setting{Word: word, Value: value, Given: true}}
	}
	bare := func(name, word string) modprobe.Parameter {
		return modprobe.Parameter{Name: name, Wins: modprobe.Setting{Word: word}}
	}
	tests := []struct {
		text string
		want []modprobe.Parameter
	}{
		{"a=1  b\v\r", []modprobe.Parameter{given("a", "1", "a=1"), bare("b", "b")}},
		{`a="1 2" b`, []modprobe.Parameter{given("a", "1 2", `a="1 2"`), bare("b", "b")}},
		{`"a=1 2" b`, []modprobe.Parameter{given("a", "1 2", `"a=1 2"`), bare("b", "b")}},
		{`"a b" c`, []modprobe.Parameter{bare("a b", `"a b"`), bare("c", "c")}},
		{`a=x"1 2"y`, []modprobe.Parameter{given("a", `x"1 2"y`, `a=x"1 2"y`)}},
		{`a="1 b=2`, []modprobe.Parameter{given("a", "1 b=2", `a="1 b=2`)}},
		{`a="`, []modprobe.Parameter{given("a", "", `a="`)}},
		{`a='1 2'`, []modprobe.Parameter{given("a", "'1", "a='1"), bare("2'", "2'")}},
		{"=a b-c==", []modprobe.Parameter{bare("=a", "=a"), given("b_c", "=", "b-c==")}},
		{"hide=(a)\xa0(b)", []modprobe.Parameter{given("hide", "(a)", "hide=(a)"), bare("(b)", "(b)")}},
		{`"`, []modprobe.Parameter{bare("", `"`)}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, modprobe.SplitOptions(tt.text).Parameters); diff != "" {
			t.Errorf("%q: -want +got:\n%s", tt.text, diff)
		}
	}
}

func TestSoftdepAndInstall(t *testing.T) {
	root := t.TempDir()
	put(t, root, "/lib/modules/6.1/modules.softdep", "softdep r8169 pre: realtek\n")
	put(t, root, "/etc/modprobe.d/a.conf", "install e1000 first\nsoftdep igb post: x-y\n")
	put(t, root, "/etc/modprobe.d/xenpci.conf", "softdep r8169 pre: xen-pciback\nsoftdep e* pre: xen-pciback\ninstall e1000 second\n")
	c := modprobe.Read(modprobe.System{Root: root, Release: "6.1"})
	places := func(r modprobe.Rules) (got []string) {
		if r.Wins != nil {
			got = append(got, r.Wins.Where.String())
		}
		for _, f := range r.Loses {
			got = append(got, f.Where.String())
		}
		return got
	}
	if diff := cmp.Diff([]string{"/lib/modules/6.1/modules.softdep:1", "/etc/modprobe.d/xenpci.conf:1"}, places(c.Softdep("r8169"))); diff != "" {
		t.Errorf("softdep r8169: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/etc/modprobe.d/a.conf:1", "/etc/modprobe.d/xenpci.conf:3"}, places(c.Install("e1000"))); diff != "" {
		t.Errorf("install e1000: -want +got:\n%s", diff)
	}
	if !c.InstallIgnored("e1000") || !c.InstallIgnored("igb") || c.InstallIgnored("xen-pciback") {
		t.Error("a softdep switches install off, and nothing else does")
	}
	old := modprobe.Read(modprobe.System{Root: root, Release: "6.1", Old: true})
	if diff := cmp.Diff([]string{"/etc/modprobe.d/xenpci.conf:3", "/etc/modprobe.d/a.conf:1"}, places(old.Install("e1000"))); diff != "" {
		t.Errorf("install e1000 for module-init-tools: -want +got:\n%s", diff)
	}

	for driver, want := range map[string]string{
		"r8169": "softdep r8169 pre: xen-pciback realtek",
		"igb":   "softdep igb pre: xen-pciback post: x-y",
		"e1000": "softdep e1000 pre: xen-pciback",
		"sky2":  "softdep sky2 pre: xen-pciback",
	} {
		own := func(w modprobe.Where) bool { return w.File == "/etc/modprobe.d/xenpci.conf" }
		if got, err := c.SoftdepBefore(driver, "xen-pciback", own); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", driver, got, err, want)
		}
	}
}

func TestAliasesAndBlacklist(t *testing.T) {
	root := t.TempDir()
	put(t, root, "/etc/modprobe.d/a.conf", "alias pciback xen-pciback\nalias pci:v00008086* e1000\nblacklist xen-pciback\n")
	c := modprobe.Read(modprobe.System{Root: root, CommandLine: "modprobe.blacklist=xen-pciback,e1000"})
	if got := c.Aliases("pciback"); len(got) != 1 || got[0].Directive.Module != "xen_pciback" {
		t.Errorf("aliases of pciback: %+v", got)
	}
	if got := c.Aliases("pci:v00008086d0000100Esv"); len(got) != 1 || got[0].Where.Line != 2 {
		t.Errorf("aliases of a modalias: %+v", got)
	}
	if got := c.Aliases("]"); got != nil {
		t.Errorf("aliases of no name: %+v", got)
	}
	if got := c.Blacklist("xen-pciback"); len(got) != 1 || got[0].Where.Line != 3 {
		t.Errorf("blacklist of xen-pciback, which the command line spells with '-': %+v", got)
	}
	if got := c.Blacklist("e1000"); len(got) != 1 || got[0].Where != (modprobe.Where{}) {
		t.Errorf("blacklist of e1000: %+v", got)
	}
}

func TestOldTools(t *testing.T) {
	tests := []struct {
		name        string
		files       []string
		link, where string
		want        bool
	}{
		{name: "nothing"},
		{name: "kmod", files: []string{"/bin/kmod"}, link: "/bin/kmod", where: "/sbin/modprobe"},
		{name: "kmod, a program for each", files: []string{"/usr/bin/kmod", "/sbin/modprobe"}},
		{name: "BusyBox", link: "/bin/busybox", where: "/sbin/modprobe"},
		{name: "module-init-tools", files: []string{"/sbin/modprobe"}, want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			put(t, root, "/sbin/x", "")
			for _, name := range tt.files {
				put(t, root, name, "")
			}
			if tt.link != "" {
				if err := os.Symlink(tt.link, root+tt.where); err != nil {
					t.Fatal(err)
				}
			}
			if got := modprobe.OldTools(root); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestAliases wants what Read finds, in the order in which it counts.
func TestAliases(t *testing.T) {
	root := t.TempDir()
	put(t, root, "/etc/modprobe.d/b.conf", "options x y=1\nalias pci:v1* first\n")
	put(t, root, "/etc/modprobe.d/a.conf", "alias pci:v2* \\\n zeroth\n# alias pci:v3* never\n")
	put(t, root, "/lib/modprobe.d/b.conf", "alias pci:* hidden\n")
	put(t, root, "/lib/modprobe.d/c.conf", "alias\tpci:v4*\tsecond-of-them\n")
	put(t, root, "/lib/modprobe.d/README", "alias pci:* none\n")
	var want []modprobe.Directive
	for _, found := range modprobe.Read(modprobe.System{Root: root}).Lines(modprobe.Alias) {
		want = append(want, found.Directive)
	}
	if diff := cmp.Diff(want, modprobe.Aliases(root)); diff != "" || len(want) != 3 {
		t.Error(len(want), diff)
	}
}
