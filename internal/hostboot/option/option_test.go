package option

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
)

func TestRefuses(t *testing.T) {
	t.Parallel()
	m := Open()
	for _, test := range []struct {
		name, value string
		item        string // "" for a value that the option takes
	}{
		{"dom0_mem", "1G,max:1G", ""},
		{"dom0_mem", "min:512M,max:-1G", ""},
		{"dom0_mem", "1G+25%,max:100%", "max:100%"},
		{"dom0_mem", "max=1G", "max=1G"},
		{"dom0_mem", "1GiB", "1GiB"},
		{"com1", "115200,8n1", ""},
		{"com1", "115200/14745600,8n1,0x2f8,3", ""},
		{"com1", "auto", ""},
		{"com1", "baud=115200,parity=n", ""},
		{"com1", "115200,n81", "115200,n81"},
		{"com1", "8n1", "8n1"},
		{"console", "com1,vga", ""},
		{"console", "com2L", ""},
		{"console", "com1,hvc0", "hvc0"},
		{"loglvl", "warning/all", ""},
		{"loglvl", "loud", "loud"},
		{"iommu", "no-igfx,verbose,quarantine=scratch-page,sharept=0", ""},
		{"iommu", "igfx_off", "igfx_off"},
		{"dom0_max_vcpus", "4-8", ""},
		{"dom0_max_vcpus", "-8", ""},
		{"dom0_max_vcpus", "four", "four"},
		{"vga", "mode-0x0311,keep", ""},
		{"vga", "gfx-1024x768x32", ""},
		{"vga", "785", "785"},
		{"ucode", "scan", ""},
		{"ucode", "-1", ""},
		{"conswitch", "ax", ""},
		{"numa", "fake=4", ""},
		{"cpufreq", "anything", ""},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			t.Parallel()
			d, ok := m.Documented(test.name, "4.17.5")
			item, refused := d.Form.Refuses(test.value)
			if !ok || item != test.item || refused != (test.item != "") {
				t.Errorf("%v, refuses %q %t", d, item, refused)
			}
		})
	}
}

// TestDocumented has rows that change from release to release.
func TestDocumented(t *testing.T) {
	t.Parallel()
	m := Open()
	for _, test := range []struct{ name, release, want string }{
		{"sched", "4.14.6", "credit"},
		{"sched", "4.17.5", "credit2"},
		{"sched", "4.8.1", "credit"}, // older than the table
		{"loglvl", "", "info"},
		{"conring_size", "4.20", "16k"},
	} {
		if d, ok := m.Documented(test.name, test.release); !ok || d.Default != test.want {
			t.Errorf("%s in %s: %+v", test.name, test.release, d)
		}
	}
	if d, ok := m.Documented("vesa-map", "4.17.5"); !ok || d.Form != "" {
		t.Errorf("%+v", d)
	}
	if _, ok := m.Documented("noht", ""); ok {
		t.Error("noht is documented")
	}
}

// TestTable has the options of the nearest build, and those that another build may have.
func TestTable(t *testing.T) {
	t.Parallel()
	m := Open()
	for _, test := range []struct {
		release, build string
		typed          int
	}{{"4.8.1", "4.14", 174}, {"4.14.6", "4.14", 174}, {"4.19.0", "4.17", 185}, {"", "4.20", 186}, {"4.22", "4.20", 186}} {
		table := m.Table(test.release)
		typed := 0
		for _, o := range table.Options {
			if o.Type != "" {
				typed++
			}
		}
		if table.Release != test.build || typed != test.typed {
			t.Errorf("%q: %s with %d options", test.release, table.Release, typed)
		}
	}
	table := m.Table("4.17.5")
	got, _ := table.Find("com1")
	if diff := cmp.Diff(image.Option{Name: "com1", Type: image.String, Room: 128}, got); diff != "" {
		t.Error(diff)
	}
	if got, ok := table.Find("flask"); !ok || got.Type != "" {
		t.Errorf("flask: %+v %t", got, ok)
	}
}

// TestTables holds the embedded tables to their own form.
func TestTables(t *testing.T) {
	t.Parallel()
	m := Open()
	for name, rows := range m.rows {
		for i, d := range rows {
			if i > 0 && Compare(rows[i-1].Since, d.Since) >= 0 {
				t.Errorf("%s: %s is not after %s", name, d.Since, rows[i-1].Since)
			}
			if d.Form == "" || d.Form.Any() {
				continue
			}
			for _, a := range d.Form.alternatives() {
				if before, kind, ok := strings.Cut(a, "<"); ok && a[0] != '/' && !isKind("<"+kind, example["<"+kind]) {
					t.Errorf("%s: %s%s is of no kind", name, before, kind)
				}
			}
		}
	}
}

// example has a value of each kind.
var example = map[string]string{"<bool>": "on", "<int>": "4", "<size>": "4M", "<range>": "1-4", "<memory>": "1G+5%", "<level>": "all/none", "<serial>": "115200,8n1"}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"dom0_mem", "dom0_nodes", "guest_loglvl", "loglvl", "smt", "com1"}
	for name, want := range map[string]string{"dom0-mem": "dom0_mem", "domo_mem": "dom0_mem", "guest_loglevel": "guest_loglvl", "loglevel": "loglvl", "xyzzy": "", "smp": "smt", "a": "", "": ""} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"4.9", "4.17.5", -1}, {"4.17.7", "4.17", 0}, {"4.20-rc1", "4.20.4", 0}, {"5.0", "4.99", 1}, {"", "4.1", -1}} {
		if got := Compare(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: %d", test.a, test.b, got)
		}
	}
}

// FuzzRefuses gives every form every value: it ends, and what it refuses is a part of the value.
func FuzzRefuses(f *testing.F) {
	m := Open()
	for _, seed := range []string{"", "1G,max:1G", "115200,8n1", "no-igfx", "mode-0x0311", "-", "0x", "9999999999999999999999", "\x00", ",,,", "%", "+%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for name, rows := range m.rows {
			for _, d := range rows {
				if item, refused := d.Form.Refuses(value); refused && !strings.Contains(value, item) {
					t.Errorf("%s: %q refuses %q", name, value, item)
				}
			}
		}
		Compare(value, "4.17")
		Nearest(value[:min(len(value), 64)], []string{"dom0_mem", value})
	})
}
