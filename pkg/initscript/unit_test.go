package initscript_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
)

func TestParseUnit(t *testing.T) {
	const text = "; comment\n[Unit]\nAfter=a b \\\n# comment\n  c\nAfter=\nAfter = d\nnonsense\n[Install]\nWantedBy=x\nWantedBy=\nWantedBy=y\nAlias=\\\n"
	u := initscript.ParseUnit(text)
	want := initscript.Unit{Settings: []initscript.Setting{
		{"Unit", "After", "a b  c"}, {"Unit", "After", ""}, {"Unit", "After", "d"},
		{"Install", "WantedBy", "x"}, {"Install", "WantedBy", ""}, {"Install", "WantedBy", "y"},
	}}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("ParseUnit (-want +got):\n%s", diff)
	}
	for _, test := range []struct{ section, name, want string }{
		{"Unit", "After", "a b c d"}, // never taken back
		{"Install", "WantedBy", "y"},
		{"Service", "After", ""},
	} {
		if got := strings.Join(u.Words(test.section, test.name), " "); got != test.want {
			t.Errorf("%s=%q, want %q", test.name, got, test.want)
		}
	}
}

func TestFindUnit(t *testing.T) {
	tests := []struct {
		name string
		has  []string
		want string // After=
		ok   bool
	}{
		{"none", nil, "", false},
		{"the package's", []string{"/lib/systemd/system/a.service=[Unit]\nAfter=x\n"}, "x", true},
		{"the administrator's before the package's", []string{"/etc/systemd/system/a.service=[Unit]\nAfter=y\n", "/lib/systemd/system/a.service=[Unit]\nAfter=x\n"}, "y", true},
		{"masked", []string{"/etc/systemd/system/a.service -> /dev/null", "/lib/systemd/system/a.service=[Unit]\nAfter=x\n"}, "", false},
		{"masked by an empty file", []string{"/etc/systemd/system/a.service=", "/lib/systemd/system/a.service=[Unit]\nAfter=x\n"}, "", false},
		{"with drop-ins, by their names", []string{
			"/lib/systemd/system/a.service=[Unit]\nAfter=x\n", "/lib/systemd/system/a.service.d/20.conf=[Unit]\nAfter=20\n",
			"/etc/systemd/system/a.service.d/10.conf=[Unit]\nAfter=10\n", "/etc/systemd/system/a.service.d/20.conf=[Unit]\nAfter=mine\n", "/etc/systemd/system/a.service.d/README=x",
		}, "x 10 mine", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u, ok := initscript.FindUnit(tree(t, test.has...), "a.service")
			if got := strings.Join(u.Words("Unit", "After"), " "); got != test.want || ok != test.ok {
				t.Errorf("After=%q, %v; want %q, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

// FuzzUnit: every word of a setting was in the text.
func FuzzUnit(f *testing.F) {
	files, err := systemd.Files(brand.Program)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(file.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range initscript.ParseUnit(text).Settings {
			for _, word := range strings.Fields(s.Section + " " + s.Name + " " + s.Value) {
				if !strings.Contains(text, word) {
					t.Errorf("%q has no %q", text, word)
				}
			}
		}
	})
}

func TestParseDepends(t *testing.T) {
	const text = "#!/sbin/openrc-run\nneed() { :; }\ndepend() {\n\tneed sysfs dev # why\n\tuse a; after b \\\n\t c\n\tif x; then\n\t\tbefore $y z\n\tfi\n}\nafter d\n"
	want := initscript.Depends{"need": {"sysfs", "dev"}, "use": {"a"}, "after": {"b", "c"}, "before": {"z"}}
	if diff := cmp.Diff(want, initscript.ParseDepends(text)); diff != "" {
		t.Errorf("ParseDepends (-want +got):\n%s", diff)
	}
}

// TestShippedDepends holds the OpenRC scripts to the boot.
func TestShippedDepends(t *testing.T) {
	files, err := openrc.Files("/opt/xenpci")
	must(t, err)
	daemon, err := openrc.Daemon("/opt/xenpci")
	must(t, err)
	keyword := []string{"-docker", "-lxc", "-openvz", "-prefix", "-vserver"}
	want := map[string]initscript.Depends{
		"/etc/init.d/xenpci-early": {"use": {"sysfs"}, "before": {"udev", "udev-trigger", "mdev", "hwdrivers", "modules"}, "keyword": keyword},
		"/etc/init.d/xenpci": {
			"use": {"xencommons", "xenstored"}, "after": {"localmount", "xenpci-early", "xenconsoled"},
			"before": {"xend", "xendomains", "libvirtd", "libvirt-guests"}, "keyword": keyword,
		},
		"/etc/init.d/xenpcid": {
			"use": {"xencommons", "xenstored"}, "after": {"localmount", "logger", "xenpci-early", "xenpci", "xenconsoled"}, "keyword": keyword,
		},
	}
	got := map[string]initscript.Depends{}
	for _, f := range append(files, daemon...) {
		got[f.Path] = initscript.ParseDepends(f.Text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("depend (-want +got):\n%s", diff)
	}
}

// FuzzDepends: every name was in the text.
func FuzzDepends(f *testing.F) {
	files, err := openrc.Files(brand.Program)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(file.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for verb, names := range initscript.ParseDepends(text) {
			for _, name := range names {
				if !strings.Contains(text, name) || !strings.Contains(text, verb) {
					t.Errorf("%q has no %s %q", text, verb, name)
				}
			}
		}
	})
}
