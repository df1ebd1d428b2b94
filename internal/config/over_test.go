package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestOver(t *testing.T) {
	const nine, ten, eleven = "[[device]]\naddress = \"00:09.0\"\n", "[[device]]\naddress = \"00:0a.0\"\n", "[[device]]\naddress = \"00:0b.0\"\n"
	const main, dropIn = "/etc/xenpci/devices.toml", "/etc/xenpci/devices.d/10.toml"
	for _, test := range []struct {
		name      string
		last, now map[string]string
		want      []string
		problems  int
	}{
		{"all is well: the new list", map[string]string{main: nine + ten}, map[string]string{main: ten + eleven}, []string{"0000:00:0a.0", "0000:00:0b.0"}, 0},
		{"a key is misspelt", map[string]string{main: nine + ten}, map[string]string{main: nine + "[[device]]\nadress = \"00:0a.0\"\n"}, []string{"0000:00:09.0", "0000:00:0a.0"}, 2},
		{"the file is cut, and a device was added before", map[string]string{main: nine + ten}, map[string]string{main: nine + eleven + "[[dev"}, []string{"0000:00:09.0", "0000:00:0b.0", "0000:00:0a.0"}, 1},
		{"the file is no TOML at all", map[string]string{main: nine}, map[string]string{main: "<html>"}, []string{"0000:00:09.0"}, 1},
		{"the file is gone", map[string]string{main: nine, dropIn: ten}, map[string]string{dropIn: ten}, []string{"0000:00:0a.0"}, 0},
		{"one of two is broken", map[string]string{main: nine, dropIn: ten}, map[string]string{main: "", dropIn: "x"}, []string{"0000:00:0a.0"}, 1},
		{"a device went to the other file", map[string]string{main: nine + ten}, map[string]string{main: "x\n", dropIn: nine}, []string{"0000:00:0a.0", "0000:00:09.0"}, 1},
		{"it was broken before", map[string]string{main: "x\n" + nine}, map[string]string{main: "x\n"}, []string{"0000:00:09.0"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := config.Open(tree(t, test.now)).Over(config.Open(tree(t, test.last)))
			var got []string
			for _, d := range now.Devices() {
				got = append(got, d.Address.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if problems := now.Problems(); len(problems) != test.problems {
				t.Errorf("%d problems are wanted: %v", test.problems, problems)
			}
		})
	}
}

func TestOverFolderThatCannotBeRead(t *testing.T) {
	before := tree(t, map[string]string{"/etc/xenpci/devices.d/10.toml": "[[device]]\naddress = \"00:0a.0\"\n"})
	now := tree(t, map[string]string{"/etc/xenpci/devices.toml": ""})
	if err := os.Symlink("devices.d", now.Path("/etc/xenpci/devices.d")); err != nil {
		t.Fatal(err)
	}
	list := config.Open(now).Over(config.Open(before))
	if devices, problems := list.Devices(), list.Problems(); len(devices) != 1 || len(problems) != 1 {
		t.Errorf("one of each is wanted: %v, %v", devices, problems)
	}
}

func tree(t *testing.T, files map[string]string) sysfs.FS {
	t.Helper()
	f := sysfs.New(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(f.Path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}
