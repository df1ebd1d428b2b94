package hypervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestReadVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
		ok    bool
	}{
		{"all of it", map[string]string{"major": "4\n", "minor": "17\n", "extra": ".5\n"}, "4.17.5", true},
		{"a release candidate", map[string]string{"major": "4\n", "minor": "19\n", "extra": "-rc2\n"}, "4.19-rc2", true},
		{"no extra", map[string]string{"major": "3\n", "minor": "4\n"}, "3.4", true},
		{"not Xen", nil, "0.0", false},
		{"no minor", map[string]string{"major": "4\n"}, "0.0", false},
		{"not a number", map[string]string{"major": "4\n", "minor": "x\n"}, "0.0", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, text := range test.files {
				file := filepath.Join(root, folder, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			v, ok := ReadVersion(sysfs.New(root))
			if v.String() != test.want || ok != test.ok {
				t.Errorf("%s, %v; want %s, %v", v, ok, test.want, test.ok)
			}
		})
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	v := Version{Major: 4, Minor: 13}
	for _, test := range []struct {
		major, minor int
		want         bool
	}{{4, 13, true}, {4, 12, true}, {3, 14, true}, {4, 14, false}, {5, 0, false}} {
		if got := v.AtLeast(test.major, test.minor); got != test.want {
			t.Errorf("%s at least %d.%d: %v", v, test.major, test.minor, got)
		}
	}
}

// Tested is the newest version in the table of what was booted.
func TestTested(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../../docs/xen-matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	var newest Version
	for line := range strings.Lines(string(table)) {
		var v Version
		if n, _ := fmt.Sscanf(line, "| %d.%d", &v.Major, &v.Minor); n == 2 && v.AtLeast(newest.Major, newest.Minor) {
			newest = v
		}
	}
	if newest != Tested() {
		t.Errorf("%s, and the newest in the table is %s", Tested(), newest)
	}
}
