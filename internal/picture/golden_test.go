package picture

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden holds every picture to its file in testdata: look at those of the
// drawings in a browser after -update.
func TestGolden(t *testing.T) {
	texts := map[string]TextOptions{
		"": {}, ".narrow": {Columns: 60}, ".colour": {Colour: true, Columns: 100}, ".ascii": {ASCII: true, Columns: 80},
	}
	for name, machine := range machines {
		m := machine(t)
		for variant, o := range texts {
			t.Run(name+variant, func(t *testing.T) {
				var got bytes.Buffer
				if err := Text(&got, m, o); err != nil {
					t.Fatal(err)
				}
				golden(t, name+variant+".txt", got.Bytes())
			})
		}
		t.Run(name+".svg", func(t *testing.T) {
			var got bytes.Buffer
			if err := SVG(&got, m, titles[name]); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".svg", got.Bytes())
		})
	}
}

var titles = map[string]string{"guests": "xen1.example.net, 22 November 2026"}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (go test -update writes it): -want +got\n%s", file, diff)
	}
}
