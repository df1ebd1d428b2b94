package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFaultsRun wants the tests that make test leaves out of the run with -race in the packages that it
// runs without, and nowhere else.
func TestFaultsRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	variable := func(name string) string {
		found := regexp.MustCompile(`(?m)^` + name + ` := (.*)$`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("the Makefile has no %s", name)
		}
		return strings.ReplaceAll(string(found[1]), "$$", "$")
	}
	faults := regexp.MustCompile(variable("FAULTS"))
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	var packages []string
	eachTestFile(t, func(folder string, content []byte) {
		for _, test := range function.FindAllSubmatch(content, -1) {
			if faults.Match(test[1]) {
				packages = append(packages, folder)
			}
		}
	})
	slices.Sort(packages)
	if diff := cmp.Diff(strings.Fields(variable("FAULTY")), slices.Compact(packages)); diff != "" {
		t.Errorf("FAULTY, and the packages that have tests of FAULTS (-want +got):\n%s", diff)
	}
}

// TestAllCasesRun wants every package whose tests take a sample in make test-all.
func TestAllCasesRun(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(makefile), "\ntest-all:")
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	var wanted []string
	eachTestFile(t, func(folder string, content []byte) {
		if strings.Contains(string(content), "\n\t\"github.com/xenpci/xenpci/test/sample\"\n") {
			wanted = append(wanted, folder)
		}
	})
	if len(wanted) == 0 {
		t.Fatal("no test takes a sample")
	}
	for _, folder := range slices.Compact(wanted) {
		if folder != "./test/sample" && !slices.Contains(strings.Fields(recipe), folder) {
			t.Errorf("make test-all does not run %s", folder)
		}
	}
}

// eachTestFile calls do with each file of tests, and its folder as the go command takes it.
func eachTestFile(t *testing.T, do func(folder string, content []byte)) {
	t.Helper()
	for _, top := range []string{"cmd", "internal", "pkg", "test", "init.d", "initramfs", "openrc", "systemd", "upstart"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			content, err := os.ReadFile(name)
			do("./"+strings.TrimPrefix(filepath.Dir(name), root+"/"), content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
