package grub

import (
	"slices"
	"strings"
)

// Recovery reports whether a boot entry, of whatever boot loader, starts the system for
// recovery: dom0's kernel gets one of RecoveryWords, or the title has recovery, rescue,
// single-user, failsafe, safe mode or emergency. Hide nothing there.
func Recovery(title string, kernel CommandLine) bool {
	if _, found := kernel.Recovery(); found {
		return true
	}
	title = strings.ToLower(title)
	return slices.ContainsFunc(recoveryTitles[:], func(words string) bool { return strings.Contains(title, words) })
}

var recoveryTitles = [...]string{"recovery", "rescue", "single-user", "single user", "failsafe", "safe mode", "emergency"}

// Recovery returns the first of RecoveryWords among the arguments. Boots with one
// of them bring up a system for repair; hide no device from dom0 there, since it
// may be what broke the boot, or what the repair needs.
func (c CommandLine) Recovery() (word string, found bool) {
	words := RecoveryWords()
	for _, a := range c.arguments {
		word = a.Key
		if a.HasValue {
			word += "=" + a.Value
		}
		if slices.Contains(words, word) {
			return word, true
		}
	}
	return "", false
}

// RecoveryWords returns the arguments that start a system for recovery: those by
// which sysvinit, upstart and systemd bring up a single user or less
// (runlevel_to_target in systemd's src/basic/proc-cmdline.c), OpenRC's, and that
// of Ubuntu's recovery entry.
//
// Words that begin with "rd." and initramfs-tools' "break" are not among them:
// they stop a boot in the initramfs, from where it continues like any other.
func RecoveryWords() []string {
	return []string{
		"single", "S", "s", "1", "-s", "-b", "emergency", "rescue", "recovery",
		"softlevel=single", "systemd.unit=rescue.target", "systemd.unit=emergency.target",
	}
}
