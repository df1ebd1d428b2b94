//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keyboardAt returns the name of the input device that is behind a USB
// controller, once it is there.
func keyboardAt(t *testing.T, controller string) (name string) {
	t.Helper()
	eventually(t, "a keyboard behind "+controller, 30*time.Second, func() bool {
		inputs, _ := filepath.Glob("/sys/class/input/input*")
		for _, input := range inputs {
			home, err := os.Readlink(input)
			if err == nil && strings.Contains(home, controller) {
				text, _ := os.ReadFile(input + "/name")
				name = strings.TrimSpace(string(text))
			}
		}
		return name != ""
	})
	return name
}
