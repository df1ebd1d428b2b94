package boot

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
)

// TestUdevRecovery has the rules skip every device in a recovery boot. What
// is imported may be set only from the next line on, and arguments that could be part
// of another argument are not imported.
func TestUdevRecovery(t *testing.T) {
	t.Parallel()
	before, _, _ := strings.Cut(string(udevText("xen-pciback", []Device{{}})), "KERNEL==")
	const leave = ", GOTO=\"xenpci_end\"\n"
	for _, word := range grub.RecoveryWords() {
		key, value, valued := strings.Cut(word, "=")
		line := `IMPORT{cmdline}="` + key + `"`
		_, rest, imported := strings.Cut(before, line)
		switch {
		case len(word) <= len("-s"):
			if imported {
				t.Errorf("%s is imported", word)
			}
		case !valued:
			if !strings.HasPrefix(rest, leave) {
				t.Errorf("%s does not end the rules:\n%s", word, before)
			}
		default:
			_, rest, _ = strings.Cut(rest, "\nENV{"+key+`}=="`)
			values, rest, _ := strings.Cut(rest, `"`)
			if !strings.Contains("|"+values+"|", "|"+value+"|") || !strings.HasPrefix(rest, leave) {
				t.Errorf("%s does not end the rules:\n%s", word, before)
			}
		}
	}
}
