package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the documents may be wrong about, without anybody noticing.
var (
	docLink   = regexp.MustCompile(`\]\(([^):#]+)\)`)
	docPath   = regexp.MustCompile("`((?:cmd|docs|internal|pkg|test|testdata|tools|\\.ci)(?:/[a-z0-9_.-]+)+)`")
	docTarget = regexp.MustCompile("(?m)(?:`| {4}|sudo )make ([a-z-]+)")
	target    = regexp.MustCompile(`(?m)^([a-z-]+):`)
)

// TestDocuments holds what the documents name to what is there: links, paths
// and targets of make.
func TestDocuments(t *testing.T) {
	targets := map[string]bool{}
	for _, name := range []string{"Makefile", "test/xen/xen.mk", "test/xenboot/xenboot.mk"} {
		for _, m := range target.FindAllStringSubmatch(read(t, name), -1) {
			targets[m[1]] = true
		}
	}
	documents, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, document := range append(documents, below...) {
		name := strings.TrimPrefix(document, root+"/")
		text := read(t, name)
		for _, m := range docLink.FindAllStringSubmatch(text, -1) {
			named++
			exists(t, name, filepath.Join(filepath.Dir(name), m[1]))
		}
		for _, m := range docPath.FindAllStringSubmatch(text, -1) {
			named++
			exists(t, name, m[1])
		}
		for _, m := range docTarget.FindAllStringSubmatch(text, -1) {
			if named++; !targets[m[1]] {
				t.Errorf("%s names make %s, and there is no such target", name, m[1])
			}
		}
	}
	if named == 0 {
		t.Error("no document names anything: this looked in the wrong place")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(t *testing.T, document, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, name)); err != nil {
		t.Errorf("%s names %s, which is not there", document, name)
	}
}
