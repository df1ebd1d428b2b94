package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSheet(t *testing.T) {
	t.Parallel()
	s := sheet{{"Hide", "yes"}, {"For guests", "a café that has  0123456789012345678901234567890 as its name"}, {"For guests", "b"}, {"Empty", ""}}
	for _, test := range []struct {
		name   string
		screen screen
		want   string
	}{
		{"to a file", screen{}, `
Hide:        yes
For guests:  a café that has  0123456789012345678901234567890 as its name
For guests:  b
Empty:       
`},
		{"on a terminal", screen{columns: 40}, `
Hide:        yes
For guests:  a café that has
             0123456789012345678901234567890
             as its name
             b
Empty:       
`},
		{"on a narrow one", screen{columns: 10}, `
Hide:        yes
For guests:  a café that has
             0123456789012345678901234567890
             as its name
             b
Empty:       
`},
		{"where it fits", screen{columns: 72}, `
Hide:        yes
For guests:  a café that has 0123456789012345678901234567890 as its name
             b
Empty:       
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if err := s.print(&out, test.screen); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want[1:], out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSaid(t *testing.T) {
	t.Parallel()
	const text = "IOMMU: none; turn on VT-d or AMD-Vi in the firmware"
	for _, test := range []struct {
		name   string
		screen screen
		indent int
		want   string
	}{
		{"to a file", screen{}, 2, "  " + text},
		{"where it fits", screen{columns: 80}, 0, "! " + text},
		{"wrapped", screen{columns: 40}, 0, "! IOMMU: none; turn on VT-d or AMD-Vi\n    in the firmware"},
		{"wrapped and indented", screen{columns: 40}, 2, "!   IOMMU: none; turn on VT-d or\n      AMD-Vi in the firmware"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.screen.said(text, attention, test.indent); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestParagraph(t *testing.T) {
	t.Parallel()
	const text = "warn: it has 2 virtual functions which disappear"
	for _, test := range []struct {
		name, text string
		screen     screen
		want       string
	}{
		{"to a file", text, screen{}, "    " + text},
		{"where it fits", text, screen{columns: 60}, "    " + text},
		{"on a narrow terminal", text, screen{columns: 36}, "    warn: it has 2 virtual\n      functions which disappear"},
		{"with lines of its own", "a\nb", screen{columns: 36}, "    a\nb"},
	} {
		if got := test.screen.paragraph(test.text, 4); got != test.want {
			t.Errorf("%s: %q; want %q", test.name, got, test.want)
		}
	}
}
