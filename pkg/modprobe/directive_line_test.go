package modprobe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

func TestOptionsLine(t *testing.T) {
	line, err := modprobe.OptionsLine("xen-pciback", "hide", "(0000:00:09.0)(0000:00:04.0)")
	if err != nil || line != "options xen-pciback hide=(0000:00:09.0)(0000:00:04.0)" {
		t.Fatalf("%q, %v", line, err)
	}
}

func TestInstallLine(t *testing.T) {
	line, err := modprobe.InstallLine("3c59x", "xen-pciback")
	want := "install 3c59x /sbin/modprobe xen-pciback ; /sbin/modprobe --first-time --ignore-install 3c59x"
	if line != want || err != nil {
		t.Errorf("%q, %v", line, err)
	}
}

// TestNamesThatAreRefused has what a shell, modprobe or kmod would read more in
// than a name.
func TestNamesThatAreRefused(t *testing.T) {
	var name *modprobe.NameError
	for _, bad := range []string{
		"", "-r", "e1000;reboot", "a b", "$(reboot)", "`x`", "a\nb", "a\\", "a/b", "../x", "e*", "a[b]", "é", "a\x00", "a#b", "a.ko", "pre:", strings.Repeat("a", 56),
	} {
		if err := modprobe.CheckName(bad); !errors.As(err, &name) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := modprobe.InstallLine(bad, "xen-pciback"); !errors.As(err, &name) {
			t.Errorf("install %q: %v", bad, err)
		}
		if _, err := modprobe.InstallLine("e1000", bad); !errors.As(err, &name) {
			t.Errorf("install e1000 %q: %v", bad, err)
		}
		if _, err := modprobe.SoftdepLine(bad, []string{"xen-pciback"}, nil); !errors.As(err, &name) {
			t.Errorf("softdep %q: %v", bad, err)
		}
		if _, err := modprobe.SoftdepLine("e1000", nil, []string{bad}); !errors.As(err, &name) {
			t.Errorf("softdep e1000 post: %q: %v", bad, err)
		}
		if _, err := modprobe.OptionsLine(bad, "hide", "x"); !errors.As(err, &name) {
			t.Errorf("options %q: %v", bad, err)
		}
	}
	if _, err := modprobe.SoftdepLine("e1000", nil, nil); !errors.As(err, &name) {
		t.Errorf("softdep of nothing: %v", err)
	}
	for _, good := range []string{"e1000", "3c59x", "snd-hda_intel", "_", strings.Repeat("a", 55)} {
		if err := modprobe.CheckName(good); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadings(t *testing.T) {
	const command = "modprobe -q xen-pciback hide=(a)  permissive=1 && modprobe -i e1000; modprobe b"
	want := []modprobe.Loading{{"xen-pciback", "hide=(a) permissive=1"}, {"e1000", ""}, {"b", ""}}
	if diff := cmp.Diff(want, modprobe.Loadings(command)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLoads(t *testing.T) {
	for command, want := range map[string][]string{
		"/sbin/modprobe pciback ;": {"pciback"},
		"/sbin/modprobe xen-pciback ; /sbin/modprobe --first-time --ignore-install 3c59x ;": {"xen-pciback", "3c59x"},
		"modprobe -q xen-pciback hide=(a) && /sbin/modprobe -i e1000 $CMDLINE_OPTS":         {"xen-pciback", "e1000"},
		"modprobe -r pciback; modprobe --remove a; modprobe b":                              {"b"},
		"/bin/true":                      nil,
		"echo modprobe x; modprobe":      nil,
		"{ /usr/sbin/modprobe a; } || :": nil,
	} {
		if diff := cmp.Diff(want, modprobe.Loads(command)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", command, diff)
		}
	}
}
