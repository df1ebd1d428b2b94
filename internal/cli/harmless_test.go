package cli

import (
	"strings"
	"testing"
)

func TestHarmless(t *testing.T) {
	t.Parallel()
	painted := screen{colour: true}.paint("in use", caution)
	for _, test := range []struct {
		name       string
		text       string
		want, json string
	}{
		{"what people write", "µPD720200: grün\n\tслот 4, スロット\u00a04", "µPD720200: grün\n\tслот 4, スロット\u00a04", "µPD720200: grün\n\tслот 4, スロット\u00a04"},
		{"a colour", "\x1b[31mLAN", "\ufffd[31mLAN", `\u001b[31mLAN`},
		{"a colour in one character", "\u009b31mLAN", "\ufffd31mLAN", `\u009b31mLAN`},
		{"back to the line's start", "LAN\rfree\b\x7f", "LAN\ufffdfree\ufffd\ufffd", `LAN\u000dfree\u0008\u007f`},
		{"right to left", "a\u202eb\U000e0001", "a\ufffdb\ufffd", `a\u202eb\udb40\udc01`},
		{"not UTF-8", "a\x9bb\xff", "a\ufffdb\ufffd", "a\ufffdb\ufffd"},
		{"the end of a character is missing", "a\xc3", "a\ufffd", "a\ufffd"},
		{"a colour of ours", painted, "\x1b[33min use\x1b[m", `\ufdd1in use\ufdd5`},
	} {
		for _, json := range []bool{false, true} {
			var whole, pieces strings.Builder
			out := &harmless{to: &whole, json: json}
			_, _ = out.Write([]byte(test.text))
			out.end()
			out = &harmless{to: &pieces, json: json}
			for i := range len(test.text) {
				_, _ = out.Write([]byte(test.text[i : i+1]))
			}
			out.end()
			want := test.want
			if json {
				want = test.json
			}
			if whole.String() != want || pieces.String() != want {
				t.Errorf("%s: %q, byte by byte %q; want %q", test.name, whole.String(), pieces.String(), want)
			}
		}
	}
}
