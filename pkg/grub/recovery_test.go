package grub_test

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
)

func TestCommandLineRecovery(t *testing.T) {
	for _, word := range grub.RecoveryWords() {
		if got, found := grub.ParseCommandLine("placeholder root=/dev/sda1 ro " + word + " quiet\n").Recovery(); !found || got != word {
			t.Errorf("%s: %q, %v", word, got, found)
		}
	}
	for _, text := range []string{
		"", "root=/dev/sda1 ro quiet", "singles s1 1s --single rd.rescue rd.emergency rd.break break=top", "single=1 s=1 xen.1",
		"systemd.unit=multi-user.target softlevel=default", `message="a single word"`, "Single RESCUE",
	} {
		if got, found := grub.ParseCommandLine(text).Recovery(); found || got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got, _ := grub.ParseCommandLine("ro recovery nomodeset single").Recovery(); got != "recovery" {
		t.Errorf("the first counts, not %q", got)
	}
}
