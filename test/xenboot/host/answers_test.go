package host

import (
	"bytes"
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	const text = "BdsDxe: starting Boot0003\r\nlab: begins\r\nfirst\nlab: begins\n"
	for _, size := range []int{1, 7, len(text)} {
		var out bytes.Buffer
		a := &answers{out: &out}
		for rest := text; rest != ""; {
			n, err := a.Write([]byte(rest[:min(size, len(rest))]))
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got := out.String(); !strings.HasPrefix(got, "first\n") || strings.Contains(got, "Bds") {
			t.Errorf("%d bytes at a time: %q", size, got)
		}
	}
}
