package pe_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/pe"
	"github.com/xenpci/xenpci/internal/pe/petest"
)

// TestSections reads sections and what is in them.
func TestSections(t *testing.T) {
	t.Parallel()
	file := strings.NewReader(petest.Program(".text", "code", ".config", "[global]\ndefault=xen\n", ".kernel", ""))
	sections, err := pe.Sections(file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sections {
		got = append(got, s.Name+" "+string(s.Read(file, 8)))
	}
	if diff := cmp.Diff([]string{".text code", ".config [global]", ".kernel "}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "MZ", "text", petest.Program(".text", "x")[:70]} {
		if sections, err := pe.Sections(strings.NewReader(text)); len(sections) > 0 || err != nil {
			t.Errorf("%q: %v, %v", text, sections, err)
		}
	}
}

// FuzzSections reads any file: no more sections than there may be, and no more of one than asked.
func FuzzSections(f *testing.F) {
	f.Add(petest.Program(".text", "code", ".config", "[global]\n"))
	f.Add(petest.Program(".config", "", ".kernel", "x")[:150])
	f.Fuzz(func(t *testing.T, text string) {
		file := strings.NewReader(text)
		sections, err := pe.Sections(file)
		if err != nil || len(sections) > 96 {
			t.Fatalf("%d sections, %v", len(sections), err)
		}
		for _, s := range sections {
			if content := s.Read(file, 16); len(content) > 16 {
				t.Errorf("%d bytes of %q", len(content), s.Name)
			}
		}
	})
}
