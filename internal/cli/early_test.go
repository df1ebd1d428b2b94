package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
)

// TestEarlyProcess has a verb ask for a process of attributes several times, as
// apply does where it looks first whether another card is to be given back: whoever
// closes the one that was started early takes it from nobody.
func TestEarlyProcess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		start func() (*attribute.Process, error)
	}{
		{"started", attribute.Start},
		{"that cannot be started", func() (*attribute.Process, error) { return nil, errors.New("no") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.WriteFile(filepath.Join(root, "attribute"), []byte("value\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			a := &app{Env: Env{Root: true, NewEngine: engine.New, StartAttributes: test.start}, root: root, timeout: engine.DefaultTimeout}
			a.startEarly([]string{"apply"})
			for range 2 {
				e := a.engine()
				for range 2 {
					access, err := e.OpenAttributes()
					if err != nil {
						t.Fatal(err)
					}
					if got, err := access.Read(t.Context(), "/attribute"); got != "value" || err != nil {
						t.Errorf("%q, %v", got, err)
					}
					if err := access.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}
