package machine_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/machine"
)

// TestCommitted holds the committed archives to their descriptions.
func TestCommitted(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	for _, m := range machine.All() {
		t.Run(m.Name, func(t *testing.T) {
			file := filepath.Join("..", "..", "..", "testdata", "sysfs", m.Name+".txtar")
			want, err := m.Build().Format()
			if err != nil {
				t.Fatal(err)
			}
			if update {
				if err := os.WriteFile(file, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("not what its description makes (go test -update writes it):\n%s", diff)
			}
		})
	}
}
