package repository

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The bounds of what can be published as a version of a Go module
// (golang.org/x/mod/zip).
const (
	maxModule = 500 << 20 // bytes of all files
	maxGoMod  = 16 << 20  // bytes of go.mod
)

// unpublished are folders of a checkout that are no part of the module.
var unpublished = []string{".git", "build"}

// devices are names that Windows keeps to itself, with any extension.
var devices = strings.Fields("con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9")

// TestPublishable looks at all files as 'go install ...@version' would: one bad
// name in a testdata folder, and nobody can install the program. That is why a
// machine's sysfs, full of ':' and of links, is one text archive here.
func TestPublishable(t *testing.T) {
	seen := map[string]string{}
	var total int64
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() {
			if slices.Contains(unpublished, name) || anotherModule(file) {
				return fs.SkipDir
			}
			return nil
		}
		if err := checkName(name); err != nil {
			t.Error(err)
		}
		if !d.Type().IsRegular() {
			t.Errorf("%s: %v: only plain files are published", name, d.Type())
		}
		folded := strings.ToLower(name)
		if other, ok := seen[folded]; ok {
			t.Errorf("%s and %s are one name where case does not count", other, name)
		}
		seen[folded] = name
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		if name == "go.mod" && info.Size() > maxGoMod {
			t.Errorf("go.mod: %d bytes", info.Size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > maxModule {
		t.Errorf("%d bytes in all, and %d can be published", total, maxModule)
	}
	if seen["go.mod"] == "" {
		t.Error("go.mod was not found: this looked in the wrong place")
	}
}

func anotherModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func checkName(name string) error {
	for part := range strings.SplitSeq(name, "/") {
		stem, _, _ := strings.Cut(strings.ToLower(part), ".")
		switch {
		case strings.HasSuffix(part, "."):
			return fmt.Errorf("%s: %q ends in a dot", name, part)
		case slices.Contains(devices, stem):
			return fmt.Errorf("%s: %q is a device on Windows", name, part)
		}
		if strings.ContainsFunc(part, forbidden) {
			return fmt.Errorf("%s: %q has a character that no name in a module may have", name, part)
		}
	}
	return nil
}

// forbidden reports whether a file's name may not have r.
func forbidden(r rune) bool {
	if r < unicode.MaxASCII {
		return !strings.ContainsRune("!#$%&()+,-.=@[]^_{}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return !unicode.IsLetter(r)
}

func TestCheckName(t *testing.T) {
	tests := []struct {
		name      string
		published bool
	}{
		{"testdata/sysfs/sis190.txtar", true},
		{"docs/a b (1).md", true},
		{"0000:00:09.0/vendor", false},
		{"a/00:*.0", false},
		{"a/b.", false},
		{"a/aux.go", false},
		{`a\b`, false},
		{"a/\x01", false},
		{"a/müll", true},
		{"a/…", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := checkName(test.name); (err == nil) != test.published {
				t.Errorf("%v", err)
			}
		})
	}
}
