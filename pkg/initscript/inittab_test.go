package initscript

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseInittab(t *testing.T) {
	t.Parallel()
	text := "# inittab\nid:2:initdefault:\n\n~~:S:wait:/sbin/sulogin\nh0:2345:respawn:+/sbin/agetty -L 115200 hvc0 vt102\n::sysinit:/sbin/openrc sysinit\nhvc0::respawn:/sbin/getty 38400 hvc0 : x\nnonsense\n"
	want := []InittabEntry{
		{2, "id", "2", "initdefault", ""},
		{4, "~~", "S", "wait", "/sbin/sulogin"},
		{5, "h0", "2345", "respawn", "/sbin/agetty -L 115200 hvc0 vt102"},
		{6, "", "", "sysinit", "/sbin/openrc sysinit"},
		{7, "hvc0", "", "respawn", "/sbin/getty 38400 hvc0 : x"},
	}
	got := ParseInittab(text)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got[2].In("2") || got[2].In("S") || !got[4].In("3") {
		t.Error("the runlevels")
	}
}

func FuzzParseInittab(f *testing.F) {
	f.Add("id:2:initdefault:\nh0:2345:respawn:/sbin/agetty hvc0\n:::\n::\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, e := range ParseInittab(text) {
			if e.Line < 1 || e.Line > lines || strings.ContainsAny(e.ID+e.Runlevels+e.Action, ":\n") {
				t.Errorf("%+v", e)
			}
		}
	})
}
