package sysfs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConsoles(t *testing.T) {
	t.Parallel()
	text := "hvc0                 -W- (EC p  )  229:0\ntty0                 -WU (E  p  )    4:1\nttyS4                -W- (     a)    4:68\nx (E\n"
	if diff := cmp.Diff([]Console{{"hvc0", true}, {"tty0", false}}, parseConsoles(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzConsoles(f *testing.F) {
	for _, text := range []string{
		"ttyS0                -W- (EC  p a)    4:64\ntty0                 -WU (E     )    4:1\n",
		"netcon0              -W- (E    a)\n", "../../x -W- (E)\n", "x (E",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range parseConsoles(text) {
			if !IsDeviceName(c.Name) || c.Name == ".." {
				t.Errorf("%q", c.Name)
			}
		}
	})
}
