package repository

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dependencies are the modules that go.mod requires directly, and what for.
var dependencies = map[string]string{
	"github.com/spf13/cobra":          "verbs, flags and completion",
	"github.com/spf13/pflag":          "cobra's flags",
	"github.com/fsnotify/fsnotify":    "the daemon hears when the list changes",
	"github.com/pelletier/go-toml/v2": "the syntax of the declared list and of the daemon's settings",
	"github.com/jaypipes/ghw":         "the daemon: what udev knows of disks",
	"golang.org/x/sys":                "system calls, locks",
	"golang.org/x/term":               "is it a terminal",
	"github.com/google/go-cmp":        "tests: differences of whole values",
	"github.com/rogpeppe/go-internal": "tests: testscript, txtar",
}

// licences are those that a module may have, by words of their texts.
var licences = map[string]string{
	"Apache-2.0": "Apache License",
	"BSD":        "Redistribution and use in source and binary forms",
	"MIT":        "Permission is hereby granted, free of charge",
}

// licenceFiles are the names that modules give to the text.
var licenceFiles = []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"}

type listedModule struct {
	Path     string
	Dir      string // where its files are; "" when nothing needs them here
	Main     bool
	Indirect bool
}

func modules(t *testing.T) []listedModule {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-m", "-json=Path,Dir,Main,Indirect", "all")
	command.Dir = root
	return decode[listedModule](t, command)
}

// TestDependencies makes a new dependency a matter of this table.
func TestDependencies(t *testing.T) {
	var direct []string
	for _, m := range modules(t) {
		if !m.Main && !m.Indirect {
			direct = append(direct, m.Path)
		}
	}
	slices.Sort(direct)
	if want := slices.Sorted(maps.Keys(dependencies)); !slices.Equal(want, direct) {
		t.Errorf("go.mod requires\n%s\nand the table has\n%s", strings.Join(direct, "\n"), strings.Join(want, "\n"))
	}
}

// TestLicences reads the licence of every module that a package of this one,
// or a test of it, is made of.
func TestLicences(t *testing.T) {
	folders := map[string]string{}
	for _, m := range modules(t) {
		folders[m.Path] = m.Dir
	}
	seen := map[string]bool{module: true}
	for _, p := range list(t, "-deps", "-test", "./...") {
		if p.Standard || p.Module == nil || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		if licence(t, folders[p.Module.Path]) == "" {
			t.Errorf("%s: no licence that is known to go with this program (%s)", p.Module.Path, folders[p.Module.Path])
		}
	}
	if len(seen) == 1 {
		t.Error("go list named no module at all")
	}
}

// licence returns the licence of the module in a folder; "" if it is none of
// licences.
func licence(t *testing.T, folder string) string {
	t.Helper()
	for _, name := range licenceFiles {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		for licence, words := range licences {
			if strings.Contains(string(text), words) {
				return licence
			}
		}
	}
	return ""
}
