package usage

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// inputLimit is how much of /proc/bus/input/devices is read, in bytes; a device
// has about 300 there.
const inputLimit = 1 << 20

// keyboards knows the keyboards of this machine, of which one must stay.
func keyboards(s *scan) {
	text, err := s.fsys.Read("/proc/bus/input/devices", inputLimit)
	if sysfs.IsNotExist(err) && s.fsys.Exists("/proc") {
		return // a kernel without input devices
	}
	if err != nil {
		s.unseen(Refuse, "keyboards cannot be seen: "+err.Error())
		return
	}
	var all []*Node
	for _, d := range parseInput(string(text)) {
		// What is made by a program, a Bluetooth keyboard too, lives on what
		// cannot be seen here: it counts for nothing.
		if d.isKeyboard() && !strings.HasPrefix(d.path, "/devices/virtual/") {
			all = append(all, &Node{Words: d.name, On: some(s.function(d.path))})
		}
	}
	s.needOneOf("keyboard", "typing is", "keyboards", all)
}

// input is one device of /proc/bus/input/devices.
type input struct {
	name string // N: Name="AT Translated Set 2 keyboard"
	path string // S: Sysfs=/devices/platform/i8042/serio0/input/input0
	keys uint64 // B: KEY=..., the first 64 of the keys that it has
}

// parseInput reads /proc/bus/input/devices: lines "N: Name=", "S: Sysfs=" and
// "B: KEY=" among others, and an empty line after each device
// (input_devices_seq_show in drivers/input/input.c). Lines of another form are
// passed over.
func parseInput(text string) []input {
	var all []input
	var d input
	for line := range strings.Lines(text + "\n\n") {
		line = strings.TrimSpace(line)
		if line == "" && d.path != "" {
			all = append(all, d)
		}
		if line == "" {
			d = input{}
		} else if name, ok := strings.CutPrefix(line, "N: Name="); ok {
			d.name = ownName(strings.Trim(name, `"`))
		} else if path, ok := strings.CutPrefix(line, "S: Sysfs="); ok {
			d.path = path
		} else if keys, ok := strings.CutPrefix(line, "B: KEY="); ok {
			d.keys = firstKeys(keys)
		}
	}
	return all
}

// firstKeys are the last 64 bits of a bitmap, which is printed in words of the
// reader's own size without leading zeros, the lowest last: a word of more than
// 8 digits is of 64 bits (input_bits_to_string in drivers/input/input.c).
func firstKeys(bitmap string) uint64 {
	words := strings.Fields(bitmap)
	if len(words) == 0 {
		return 0
	}
	last := words[len(words)-1]
	keys, err := strconv.ParseUint(last, 16, 64)
	if err != nil {
		return 0
	}
	const digits32 = 8
	if len(last) <= digits32 && len(words) > 1 {
		next, err := strconv.ParseUint(words[len(words)-2], 16, 32)
		if err == nil {
			keys |= next << 32
		}
	}
	return keys
}

// letters are the keys KEY_Q to KEY_P, KEY_A to KEY_L and KEY_Z to KEY_M
// (include/uapi/linux/input-event-codes.h).
const letters = (1<<26 - 1<<16) | (1<<39 - 1<<30) | (1<<51 - 1<<44)

// isKeyboard says whether one can log in with it: it has all letters. The
// kernel's own rule for its consoles (kbd_match in drivers/tty/vt/keyboard.c)
// takes power buttons and remote controls too.
func (d input) isKeyboard() bool { return d.keys&letters == letters }

// ownName is a device's own name of itself without what a terminal would act
// upon, and not too long.
func ownName(name string) string {
	const longest = 64 // runes
	var kept []rune
	for _, r := range name {
		if unicode.IsPrint(r) && len(kept) < longest {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
