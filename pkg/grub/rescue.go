package grub

import (
	"slices"
	"strings"
)

// rescue says whether somebody boots an entry to mend the machine. Nothing may
// be hidden from dom0 there: the hidden card may be what went wrong, or what
// the mending needs. An entry is one when dom0 is told to come up with a single
// user, or when its title says so in English.
func rescue(title string, kernel CommandLine) bool {
	if _, found := kernel.Rescue(); found {
		return true
	}
	title = strings.ToLower(title)
	return slices.ContainsFunc(rescueTitles[:], func(words string) bool { return strings.Contains(title, words) })
}

var rescueTitles = [...]string{"recovery", "rescue", "single-user", "single user", "failsafe", "emergency"}

// Rescue is the first word by which a boot with these arguments is for mending
// the machine.
func (c CommandLine) Rescue() (word string, found bool) {
	words := RescueWords()
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

// RescueWords are all words by which a boot is for mending the machine: what
// sysvinit, upstart and systemd take for a single user or less (runlevel_to_target
// in systemd's src/basic/proc-cmdline.c), OpenRC's word for it, and what Ubuntu's
// recovery entry has.
//
// Words that begin with "rd.", and initramfs-tools' "break", are none: they stop
// a boot in the initramfs, and it goes on like any other.
func RescueWords() []string {
	return []string{
		"single", "S", "s", "1", "-s", "-b", "emergency", "rescue", "recovery",
		"softlevel=single", "systemd.unit=rescue.target", "systemd.unit=emergency.target",
	}
}
