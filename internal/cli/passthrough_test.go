package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrintPassthrough(t *testing.T) {
	t.Parallel()
	rows := [][]string{
		{"ADDRESS", "NAME", "DRIVER", "HIDDEN", "SLOT", "GUEST", "HIDE", "REASON"},
		{"0000:00:09.0", "Ethernet: 3c905B 100BaseTX [Cyclone]", "pciback", "yes", "yes", "café (3)", "already", "-"},
		{"10000:e1:00.0", "USB: µPD720200", "nvme", "-", "-", "-", "refused", "a reason that is longer than any screen has columns"},
	}
	for _, test := range []struct {
		name   string
		screen screen
		want   string
	}{
		{"to a file", screen{}, `
ADDRESS        NAME                                  DRIVER   HIDDEN  SLOT  GUEST     HIDE     REASON
0000:00:09.0   Ethernet: 3c905B 100BaseTX [Cyclone]  pciback  yes     yes   café (3)  already  -
10000:e1:00.0  USB: µPD720200                        nvme     -       -     -         refused  a reason that is longer than any screen has columns
`},
		{"wide enough", screen{columns: 101}, `
ADDRESS        NAME                                  DRIVER   HIDDEN  SLOT  GUEST     HIDE     REASON
0000:00:09.0   Ethernet: 3c905B 100BaseTX [Cyclone]  pciback  yes     yes   café (3)  already  -
10000:e1:00.0  USB: µPD720200                        nvme     -       -     -         refused  a reason that is longer than any screen has columns
`},
		{"one column less", screen{columns: 100}, `
ADDRESS        NAME                                 DRIVER   HIDDEN  SLOT  GUEST     HIDE     REASON
0000:00:09.0   Ethernet: 3c905B 100BaseTX [Cycl...  pciback  yes     yes   café (3)  already  -
10000:e1:00.0  USB: µPD720200                       nvme     -       -     -         refused  a reason that is longer than any screen has columns
`},
		{"too narrow for anything", screen{columns: 1}, `
ADDRESS        NAME              DRIVER   HIDDEN  SLOT  GUEST     HIDE     REASON
0000:00:09.0   Ethernet: 3c9...  pciback  yes     yes   café (3)  already  -
10000:e1:00.0  USB: µPD720200    nvme     -       -     -         refused  a reason that is longer than any screen has columns
`},
		{"in colour", screen{columns: 90, colour: true}, `
ADDRESS        NAME                       DRIVER   HIDDEN  SLOT  GUEST     HIDE     REASON
0000:00:09.0   Ethernet: 3c905B 100Ba...  pciback  yes     yes   café (3)  ^[[2malready^[[m  -
10000:e1:00.0  USB: µPD720200             nvme     -       -     -         ^[[33mrefused^[[m  a reason that is longer than any screen has columns
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if err := printPassthrough(&out, rows, test.screen); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want[1:], strings.ReplaceAll(out.String(), "\x1b", "^[")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
