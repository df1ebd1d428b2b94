package modprobe_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/test/mounts"
	"github.com/xenpci/xenpci/test/pcitree"
)

const release = "6.1.0-test"

// stage is a root, whose configuration all programs see that the test's
// goroutine starts.
type stage struct{ root string }

// modules are those of the stage. r8169 asks for a module itself, as it does in
// the kernel.
var modules = map[string]string{
	"xen-pciback": "", "e1000": "", "a-b_c": "", "realtek": "", "r8169": "softdep=pre: realtek\x00",
}

var configDirs = []string{"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/lib/modprobe.d"}

// newStage needs root, modprobe and depmod. Where a change is judged they must
// be there.
func newStage(t *testing.T) *stage {
	t.Helper()
	out, err := exec.Command("modprobe", "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), "kmod") {
		t.Skip("no modprobe of kmod (Debian: apt install kmod)")
	}
	if os.Geteuid() != 0 {
		t.Skip("not as root, and modprobe reads this machine's configuration")
	}
	s := &stage{root: t.TempDir()}
	dir := filepath.Join(s.root, "lib/modules", release)
	for _, d := range append([]string{"/lib/modules/" + release, "/proc"}, configDirs...) {
		if err := os.MkdirAll(s.root+d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, info := range modules {
		s.write(t, "/lib/modules/"+release+"/"+name+".ko", string(pcitree.Object([]byte(info+"name="+modprobe.Name(name)+"\x00"))))
	}
	for _, name := range []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"} {
		s.write(t, "/lib/modules/"+release+"/"+name, "")
	}
	s.write(t, "/proc/cmdline", "\n")
	if out, err := exec.Command("depmod", "-b", s.root, release).CombinedOutput(); err != nil {
		t.Fatalf("depmod in %s: %v: %s", dir, err, out)
	}
	if err := mounts.Own(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, d := range append([]string{"/proc/cmdline"}, configDirs...) {
		scratch := t.TempDir()
		t.Cleanup(func() { mounts.Release(scratch) })
		if err := mounts.Over(s.root+d, d, scratch); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(s.root+name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// draw gives the stage a configuration out of a seed.
func (s *stage) draw(t *testing.T, d *drawing) modprobe.System {
	t.Helper()
	for _, dir := range configDirs {
		old, err := filepath.Glob(s.root + dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range old {
			if err := os.RemoveAll(name); err != nil {
				t.Fatal(err)
			}
		}
		for range d.IntN(3) {
			name := dir + "/" + pick(d, "a.conf", "b-c.conf", "modules.conf", "zz.conf", "B.conf", "readme", "x.conf.old", ".conf", "é.conf")
			switch {
			case d.IntN(12) == 0:
				_ = os.Mkdir(s.root+name, 0o755) // or it is a file by now
			case d.IntN(12) == 0:
				_ = os.Symlink("/dev/null", s.root+name)
			default:
				if info, err := os.Lstat(s.root + name); err != nil || info.Mode().IsRegular() {
					s.write(t, name, d.file())
				}
			}
		}
	}
	line := d.commandLine()
	s.write(t, "/proc/cmdline", line+"\n")
	return modprobe.System{Root: s.root, Release: release, CommandLine: line + "\n"}
}

func (s *stage) modprobe(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("modprobe", append([]string{"-d", s.root, "-S", release}, args...)...)
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Logf("%s: %v", cmd, err)
	}
	return string(out)
}

type drawing struct{ *rand.Rand }

func newDrawing(seed uint64) *drawing { return &drawing{rand.New(rand.NewPCG(seed, 9))} }

func pick(d *drawing, from ...string) string { return from[d.IntN(len(from))] }

func (d *drawing) file() string {
	var b strings.Builder
	for range d.IntN(7) {
		b.WriteString(d.line())
		b.WriteString(pick(d, "\n", "\n", "\n", "\n", "\n", "\r\n", "\\\n", "\\\r\n", "\n\n", "", " \\\n  "))
	}
	return b.String()
}

func (d *drawing) line() string {
	gap := func() string { return pick(d, " ", " ", " ", " ", "  ", "\t", " \t", "   ", "\\\n", "\v") }
	module := func() string {
		return pick(d, "xen-pciback", "xen_pciback", "e1000", "e1000", "r8169", "a-b_c", "a_b-c", "e*", "e1[0-9]00", "[er]*", "x?n-*", "]", "a[", "e1000.ko", "a-b[-]c")
	}
	switch d.IntN(14) {
	case 0:
		return "blacklist" + gap() + module() + pick(d, "", "", " more", "\t")
	case 1:
		return "alias" + gap() + pick(d, "pci-*", "net-pf-[1-3]", "a-b", "[", "usb:v*") + gap() + module() + pick(d, "", " x")
	case 2, 3:
		return "softdep" + gap() + module() + gap() + d.softdep(gap)
	case 4:
		return pick(d, "install", "remove") + gap() + module() + gap() + pick(d, "/bin/true", "echo $CMDLINE_OPTS", `echo "a  b" ; x`, "")
	case 5:
		return pick(d, "# a comment", "#", "", " # no comment", "include /x", "optionsxen-pciback hide=1", "options", "softdep", "\x00options e1000 a=1", "weakdep"+gap()+"e1000 a")
	default:
		text := pick(d, "options", "options", "options", " options", "\toptions") + gap() + module()
		for range d.IntN(4) {
			text += gap() + d.parameter()
		}
		return text + pick(d, "", "", "", " ", "\x00tail", "\\")
	}
}

func (d *drawing) softdep(gap func() string) string {
	text := ""
	for range d.IntN(5) {
		text += pick(d, "pre:", "pre:", "post:", "xen-pciback", "realtek", "a-b_c", "a_b_c", "pre:x") + gap()
	}
	return text
}

func (d *drawing) parameter() string {
	return pick(d, "hide=(00:09.0)", "hide=(0000:00:04.0)(00:09.*)", `hide="(00:09.0) (00:04.0)"`, `"hide=(a) (b)"`, "debug=1", "de-bug=2", "de_bug=3",
		"--", "flag", `open="a`, `a\"b`, "'x", "=", `x=""`, "hide", "hide=", "\xa0", "\xff=1", "a.b=c")
}

func (d *drawing) commandLine() string {
	var words []string
	for range d.IntN(6) {
		words = append(words, pick(d, "root=/dev/sda", "quiet", "--", "", `"`, "xen-pciback.hide=(00:0a.0)", "xen_pciback.hide=(a)(b)", `xen-pciback.hide="(a) (b)"`,
			`"xen-pciback.hide=(a) (b)"`, "e1000.debug=1", "e1000.flag", "a.b.c=1", "modprobe.blacklist=a-b,e1000", "modprobe.blacklist=", "x=e1000.debug=1",
			`e1000."a`, "].x=1", ".x=1", "e1000.=", "e1000.a=b.c=d", `e1000.a="b`, `c"`, "modprobe.other=1"))
	}
	return strings.Join(words, pick(d, " ", " ", " ", "  "))
}

// TestAgainstKmod compares what kmod makes of odd files with what this package
// makes of them.
func TestAgainstKmod(t *testing.T) {
	s := newStage(t)
	for seed := range uint64(100) {
		system := s.draw(t, newDrawing(seed))
		c := modprobe.Read(system)
		if diff := cmp.Diff(s.showConfig(t), lines(show(c))); diff != "" {
			t.Fatalf("seed %d: modprobe --showconfig -, this package +:\n%s\n%s", seed, diff, s.files(t))
		}
		for module := range modules {
			s.compareLoading(t, c, seed, module)
		}
	}
}

// showConfig is what modprobe has read: weakdep lines, which kmod before 33 does
// not know, are left out.
func (s *stage) showConfig(t *testing.T, args ...string) []string {
	t.Helper()
	out, _, _ := strings.Cut(s.modprobe(t, append(args, "--showconfig")...), "\n# End of configuration files")
	return slices.DeleteFunc(lines(out), func(line string) bool { return strings.HasPrefix(line, "weakdep ") })
}

// compareLoading compares what would be done for one module.
func (s *stage) compareLoading(t *testing.T, c *modprobe.Config, seed uint64, module string) {
	t.Helper()
	out := trimmed(s.modprobe(t, "-n", "-v", module))
	want := "insmod " + s.root + "/lib/modules/" + release + "/" + module + ".ko " + c.Options(module).Text + "\n"
	if r := c.Install(module); r.Wins != nil && !pulls(c.Softdep(module)) {
		want = "install " + r.Wins.Directive.Text + " " + c.Options(module).Text + "\n"
	}
	at := strings.Index(out, trimmed(want))
	if at < 0 {
		t.Fatalf("seed %d: modprobe -n -v %s:\n%s\nwant a line %q\n%s", seed, module, out, want, s.files(t))
	}
	r := c.Softdep(module)
	for other := range modules {
		if modprobe.Name(other) == modprobe.Name(module) || c.Install(other).Wins != nil {
			continue // it is not loaded itself
		}
		asked := r.Wins != nil && contains(r.Wins.Directive.Pre, other)
		loaded := strings.Contains(out[:at], "/"+other+".ko")
		if asked && !loaded {
			t.Fatalf("seed %d: modprobe -n -v %s does not load %s first:\n%s\n%+v\n%s", seed, module, other, out, r, s.files(t))
		}
		if loaded && r.Wins == nil {
			t.Fatalf("seed %d: modprobe -n -v %s loads %s first, and no softdep was found:\n%s\n%s", seed, module, other, out, s.files(t))
		}
	}
}

// pulls reports whether a softdep line has any module that is there.
func pulls(r modprobe.Rules) bool {
	for module := range modules {
		if r.Wins != nil && (contains(r.Wins.Directive.Pre, module) || contains(r.Wins.Directive.Post, module)) {
			return true
		}
	}
	return false
}

// trimmed is s without the blanks at the ends of lines: modprobe adds some.
func trimmed(s string) string {
	for strings.Contains(s, " \n") {
		s = strings.ReplaceAll(s, " \n", "\n")
	}
	return s
}

func contains(names []string, module string) bool {
	for _, n := range names {
		if modprobe.Name(n) == modprobe.Name(module) {
			return true
		}
	}
	return false
}

// show prints a configuration as modprobe --showconfig of kmod does, which
// leaves no blank before "post:".
func show(c *modprobe.Config) string {
	var b strings.Builder
	for _, kind := range []modprobe.Kind{modprobe.Blacklist, modprobe.Install, modprobe.Remove, modprobe.Alias, modprobe.Options, modprobe.Softdep} {
		for _, f := range c.Lines(kind) {
			d := f.Directive
			switch kind {
			case modprobe.Blacklist:
				fmt.Fprintf(&b, "blacklist %s\n", d.Module)
			case modprobe.Alias:
				fmt.Fprintf(&b, "alias %s %s\n", d.Text, d.Module)
			case modprobe.Softdep:
				text := ""
				if len(d.Pre) > 0 {
					text = "pre: " + strings.Join(d.Pre, " ")
				}
				if len(d.Post) > 0 {
					text += "post: " + strings.Join(d.Post, " ")
				}
				fmt.Fprintf(&b, "softdep %s %s\n", d.Module, text)
			default:
				fmt.Fprintf(&b, "%s %s %s\n", kind, d.Module, d.Text)
			}
		}
	}
	return b.String()
}

func lines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

// files shows the stage's configuration, for a failure.
func (s *stage) files(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range append([]string{"/proc"}, configDirs...) {
		names, err := filepath.Glob(s.root + dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			fmt.Fprintf(&b, "%s %v\n%q\n", strings.TrimPrefix(name, s.root), err, content)
		}
	}
	return b.String()
}
