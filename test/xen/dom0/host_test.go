//go:build xen

package dom0

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// host dmesg prints what xl dmesg prints, and marks the lines on the IOMMU.
func TestHostDmesg(t *testing.T) {
	begin(t, card)
	var printed strings.Builder
	marked := false
	for line := range strings.Lines(xenpci(t, done, "host", "dmesg").stdout) {
		printed.WriteString(line[2:])
		marked = marked || line == "i (XEN) I/O virtualisation enabled\n" || line == "i (XEN) I/O virtualisation disabled\n"
	}
	if diff := cmp.Diff(must(t, "xl", "dmesg").stdout, printed.String()); diff != "" {
		t.Errorf("(-xl +xenpci):\n%s", diff)
	}
	if !marked {
		t.Error("no line on the IOMMU is marked")
	}
}

// host info says what xl info says.
func TestHostInfo(t *testing.T) {
	begin(t, card)
	var document struct {
		Result struct {
			Version            struct{ Value string }
			CommandLine        struct{ Value string } `json:"command_line"`
			IOMMU, HVM, HAP    struct{ On *bool }
			InterruptRemapping struct{ On *bool } `json:"interrupt_remapping"`
			Config             struct{ Value string }
		}
	}
	if err := json.Unmarshal([]byte(xenpci(t, done, "host", "info", "--json").stdout), &document); err != nil {
		t.Fatal(err)
	}
	info := map[string]string{}
	for line := range strings.Lines(must(t, "xl", "info").stdout) {
		name, value, _ := strings.Cut(line, ":")
		info[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	got := document.Result
	if got.Version.Value != info["xen_version"] {
		t.Errorf("version %q, xl says %q", got.Version.Value, info["xen_version"])
	}
	if strings.TrimSpace(got.CommandLine.Value) != info["xen_commandline"] {
		t.Errorf("command line %q, xl says %q", got.CommandLine.Value, info["xen_commandline"])
	}
	caps := strings.Fields(info["virt_caps"])
	has := func(word string) bool {
		for _, c := range caps {
			if c == word {
				return true
			}
		}
		return false
	}
	for name, pair := range map[string]struct {
		got  *bool
		want bool
	}{"IOMMU": {got.IOMMU.On, has("pv_directio")}, "HVM": {got.HVM.On, has("hvm")}, "HAP": {got.HAP.On, has("hap")}} {
		if pair.got == nil || *pair.got != pair.want {
			t.Errorf("%s: %v, xl says %q", name, pair.got, caps)
		}
	}
	if got.IOMMU.On != nil && *got.IOMMU.On && got.InterruptRemapping.On == nil {
		t.Error("interrupt remapping is not known")
	}
	if !strings.Contains(got.Config.Value, "CONFIG_HYPFS_CONFIG=y") {
		t.Errorf("configuration %q", got.Config.Value)
	}
}

// host services sees the daemons that run in a dom0 whose init system it does not know.
func TestHostServices(t *testing.T) {
	begin(t, card)
	var document struct {
		Result struct {
			Xen      string
			Tools    []struct{ Release string }
			Programs []struct {
				Name string
				PID  int
			}
			Problems []struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(xenpci(t, done, "host", "services", "--json").stdout), &document); err != nil {
		t.Fatal(err)
	}
	got := document.Result
	for _, name := range []string{"xenstored", "xenconsoled"} {
		pid := strings.TrimSpace(must(t, "pidof", name, "o"+name).stdout)
		found := ""
		for _, p := range got.Programs {
			if p.Name == name {
				found = strconv.Itoa(p.PID)
			}
		}
		if found != pid {
			t.Errorf("%s: process %q, pidof says %q", name, found, pid)
		}
	}
	if len(got.Tools) != 1 || !strings.HasPrefix(got.Xen, got.Tools[0].Release+".") {
		t.Errorf("Xen %s, tools %+v", got.Xen, got.Tools)
	}
	if len(got.Problems) != 1 || got.Problems[0].Code != "init_unknown" {
		t.Errorf("problems %+v", got.Problems)
	}
}
