package picture

import "testing"

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, text, want, ascii string }{
		{"plain", "82574L [AHCI] <&>", "82574L [AHCI] <&>", "82574L [AHCI] <&>"},
		{"Latin-1", "r\xe9seau", "r�seau", "r?seau"},
		{"UTF-8", "réseau 网", "réseau 网", "r?seau ?"},
		{"escape sequence", "a\x1b[31mb\x07", "a�[31mb�", "a?[31mb?"},
		{"lines", "a\nb\r\tc", "a�b��c", "a?b??c"},
		{"C1, as some terminals obey", "a\u009bb", "a�b", "a?b"},
		{"turned round", "a\u202eb", "a�b", "a?b"},
		{"no character", "a\uffff\x00", "a��", "a??"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := clean(test.text); got != test.want {
				t.Errorf("clean: %q; want %q", got, test.want)
			}
			if got := shownIn(true)(test.text); got != test.ascii {
				t.Errorf("ascii: %q; want %q", got, test.ascii)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text, end string
		limit     int
		want      string
	}{
		{"multimedia", "…", 10, "multimedia"},
		{"multimedia", "…", 9, "multimed…"},
		{"multimedia", "...", 9, "multim..."},
		{"network card", "…", 9, "network…"},
		{"网卡网卡", "…", 8, "网卡网卡"},
		{"网卡网卡", "…", 7, "网卡网…"},
		{"网卡网卡", "…", 6, "网卡…"},
		{"ab", "…", 1, ""},
		{"ab", "…", 0, ""},
		{"ab", "…", -5, ""},
		{"", "…", 0, ""},
	} {
		if got := cut(test.text, test.end, test.limit, runeColumns); got != test.want {
			t.Errorf("cut %q to %d: %q; want %q", test.text, test.limit, got, test.want)
		}
	}
}
