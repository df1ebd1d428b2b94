package cli

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Second, "90s": 90 * time.Second, "2m": 2 * time.Minute, "1m30s": 90 * time.Second, "0": 0, "-2s": -2 * time.Second,
	} {
		var got duration
		if err := got.Set(text); err != nil || time.Duration(got) != want {
			t.Errorf("%q: %s, %v", text, got.String(), err)
		}
	}
	for _, text := range []string{"", "soon", "90 s", "-1", "99999999999"} {
		got := duration(time.Second)
		if err := got.Set(text); err == nil || time.Duration(got) != time.Second {
			t.Errorf("%q: %s, and no error", text, got.String())
		}
	}
}
