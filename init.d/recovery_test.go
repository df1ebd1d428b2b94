package initd_test

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
)

// TestRecovery has each word make a recovery boot, in which nothing is hidden; a
// status is what it is in any boot.
func TestRecovery(t *testing.T) {
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			sh := shell(t, argv)
			for _, name := range []string{"xenpci", "xenpci-early"} {
				m := newMachine(t, "1", true)
				for _, word := range grub.RecoveryWords() {
					m.boot(t, "placeholder root=/dev/sda1 ro "+word+" * quiet\n")
					for _, verb := range []string{"start", "restart"} {
						if status, calls, stderr := m.run(t, sh, name, verb); status != 0 || calls != "" || stderr != "" {
							t.Errorf("%s %s with %s: status %d, calls %q, %q", name, verb, word, status, calls, stderr)
						}
					}
				}
				if status, calls, _ := m.run(t, sh, name, "status"); status != 3 || calls != "verify\n" {
					t.Errorf("%s: status %d, calls %q", name, status, calls)
				}
				m.boot(t, "singles s1 rd.rescue rd.break break=top -- quiet")
				if status, _, _ := m.run(t, sh, name, "start"); status != 1 {
					t.Errorf("%s in another boot: status %d", name, status)
				}
			}
		})
	}
}
