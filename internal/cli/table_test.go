package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	t.Parallel()
	const device, driver, state, why = 1, 2, 3, 4
	rows := table{
		titles: []string{"ADDRESS", "DEVICE", "DRIVER", "STATE", "WHY"},
		rows: [][]cell{
			{{text: "00:09.0"}, {text: "Ethernet: 3c905B 100BaseTX [Cyclone]"}, {text: "pciback"}, {"café (3)", guests}, {}},
			{{text: "01:00.0"}, {text: "USB: µPD720200"}, {}, {"in use: /", caution}, {text: "a reason for which few screens have room"}},
		},
		narrow: []narrowing{{device, 30}, {why, 20}, {why, 0}, {device, 24}, {state, 6}, {driver, 0}, {device, 10}},
	}
	empty := table{titles: rows.titles, rows: [][]cell{{{text: "00:09.0"}, {}, {}, {text: "free"}, {}}}}
	for _, test := range []struct {
		name   string
		table  table
		screen screen
		want   string
	}{
		{"to a file", rows, screen{}, `
ADDRESS  DEVICE                                DRIVER   STATE      WHY
00:09.0  Ethernet: 3c905B 100BaseTX [Cyclone]  pciback  café (3)   -
01:00.0  USB: µPD720200                        -        in use: /  a reason for which few screens have room
`},
		{"wide enough", rows, screen{columns: 107}, `
ADDRESS  DEVICE                                DRIVER   STATE      WHY
00:09.0  Ethernet: 3c905B 100BaseTX [Cyclone]  pciback  café (3)
01:00.0  USB: µPD720200                                 in use: /  a reason for which few screens have room
`},
		{"the device gives way", rows, screen{columns: 106}, `
ADDRESS  DEVICE                               DRIVER   STATE      WHY
00:09.0  Ethernet: 3c905B 100BaseTX [Cyclon…  pciback  café (3)
01:00.0  USB: µPD720200                                in use: /  a reason for which few screens have room
`},
		{"then the reason", rows, screen{columns: 81}, `
ADDRESS  DEVICE                          DRIVER   STATE      WHY
00:09.0  Ethernet: 3c905B 100BaseTX [C…  pciback  café (3)
01:00.0  USB: µPD720200                           in use: /  a reason for which…
`},
		{"which goes for the others", rows, screen{columns: 80}, `
ADDRESS  DEVICE                                DRIVER   STATE
00:09.0  Ethernet: 3c905B 100BaseTX [Cyclone]  pciback  café (3)
01:00.0  USB: µPD720200                                 in use: /
`},
		{"ASCII and colour", rows, screen{columns: 53, ascii: true, colour: true}, `
ADDRESS  DEVICE                    DRIVER   STATE
00:09.0  Ethernet: 3c905B 100B...  pciback  ^[[36mcafé (3)^[[m
01:00.0  USB: µPD720200                     ^[[33min use: /^[[m
`},
		{"a column goes", rows, screen{columns: 39}, `
ADDRESS  DEVICE               STATE
00:09.0  Ethernet: 3c905B 1…  café (3)
01:00.0  USB: µPD720200       in use: /
`},
		{"too narrow for anything", rows, screen{columns: 1}, `
ADDRESS  DEVICE      STATE
00:09.0  Ethernet:…  café (3)
01:00.0  USB: µPD7…  in use: /
`},
		{"nothing in a column", empty, screen{columns: 80}, `
ADDRESS  STATE
00:09.0  free
`},
		{"nothing in a column of a file", empty, screen{}, `
ADDRESS  DEVICE  DRIVER  STATE  WHY
00:09.0  -       -       free   -
`},
		{"no rows", table{titles: rows.titles}, screen{columns: 80}, `
ADDRESS  DEVICE  DRIVER  STATE  WHY
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if err := test.table.print(&harmless{to: &out}, test.screen); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want[1:], strings.ReplaceAll(out.String(), "\x1b", "^[")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
