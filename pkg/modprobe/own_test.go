package modprobe_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

const hide = "(0000:00:09.0)(0000:00:0a.0)"

// TestLinesAgainstKmod puts the lines that load a module before a driver beside odd
// files, and asks kmod whether they do that.
func TestLinesAgainstKmod(t *testing.T) {
	s := newStage(t)
	options, err := modprobe.OptionsLine("xen-pciback", "hide", hide)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for seed := range uint64(60) {
		system := s.draw(t, newDrawing(seed))
		s.write(t, "/proc/cmdline", "\n")
		system.CommandLine = ""
		for _, driver := range []string{"e1000", "r8169"} {
			c := modprobe.Read(system)
			line, err := c.SoftdepBefore(driver, "xen-pciback", nil)
			if err != nil || c.Install("xen-pciback").Wins != nil {
				continue // a line of the drawing names what is no module, or xen-pciback is not loaded itself
			}
			tried++
			before := c.Softdep(driver)
			s.write(t, "/etc/modprobe.d/00-xenpci.conf", line+"\n")
			s.write(t, "/etc/modprobe.d/zzz-xenpci.conf", options+"\n")
			c = modprobe.Read(system)
			out := s.modprobe(t, "-n", "-v", driver)
			first, last := strings.Index(out, "/xen-pciback.ko "+c.Options("xen-pciback").Text), strings.Index(out, "/"+driver+".ko ")
			if first < 0 || last < first {
				t.Fatalf("seed %d: %q: modprobe -n -v %s:\n%s\n%s", seed, line, driver, out, s.files(t))
			}
			if c.Install("realtek").Wins == nil && before.Wins != nil && contains(before.Wins.Directive.Pre, "realtek") && !strings.Contains(out, "realtek") {
				t.Fatalf("seed %d: %q: realtek is not loaded any more:\n%s", seed, line, out)
			}
			for _, name := range []string{"00", "zzz"} {
				if err := os.Remove(s.root + "/etc/modprobe.d/" + name + "-xenpci.conf"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestAddLineAgainstKmod adds a line to odd files: kmod reads it, and all that it
// read before.
func TestAddLineAgainstKmod(t *testing.T) {
	s := newStage(t)
	const name = "/modprobe.conf"
	show := func(f *modprobe.File) []string {
		s.write(t, name, f.String())
		return s.showConfig(t, "-C", s.root+name)
	}
	for seed := range uint64(100) {
		d := newDrawing(seed)
		f := modprobe.Parse([]byte(d.file() + pick(d, "", "options e1000 a=1", "options e1000 a=1 \\\n", "# c \\\n", "# c \\")))
		before := show(f)
		for i := range before { // what kmod makes of a last '\\' goes with any byte behind it
			before[i] = strings.TrimSuffix(before[i], "\xff")
		}
		e, err := f.AddLine("options xen-pciback hide=" + hide)
		if err != nil {
			t.Fatal(err)
		}
		with := apply(t, f, e)
		var less []string
		found := false
		for _, line := range show(with) {
			if line == "options xen_pciback hide="+hide {
				found = true
			} else {
				less = append(less, line)
			}
		}
		if !found {
			t.Fatalf("seed %d: kmod does not read the line added to %q", seed, with)
		}
		if diff := cmp.Diff(before, less); diff != "" {
			t.Fatalf("seed %d: %q: without and with the line: -without +with:\n%s", seed, with, diff)
		}
	}
}

// TestShellReadsInstallLine has a shell look at the command, and modprobe.
func TestShellReadsInstallLine(t *testing.T) {
	line, err := modprobe.InstallLine("e1000", "xen-pciback")
	if err != nil {
		t.Fatal(err)
	}
	command := modprobe.Parse([]byte(line)).Lines[0].Directive.Text
	if out, err := exec.Command("sh", "-n", "-c", command).CombinedOutput(); err != nil {
		t.Errorf("sh -n -c %q: %v: %s", command, err, out)
	}
	s := newStage(t)
	s.write(t, "/etc/modprobe.d/xenpci.conf", line+"\n")
	if out := trimmed(s.modprobe(t, "-n", "-v", "e1000")); out != "install "+command+"\n" {
		t.Errorf("modprobe -n -v e1000: %q", out)
	}
}
