package console

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// inputLimit is how much of /proc/bus/input/devices is read, in bytes; a device
// has about 300 there.
const inputLimit = 1 << 20

// keyboards adds the keyboards of this machine, of which one must stay.
func (s *scan) keyboards() {
	text, err := s.fsys.Read("/proc/bus/input/devices", inputLimit)
	if sysfs.IsNotExist(err) && s.fsys.Exists("/proc") {
		return // a kernel without input devices
	}
	if err != nil {
		s.Unknown(graph.KeyboardUnknown, graph.Refuse, "", "the keyboards cannot be read", err)
		return
	}
	var all []*graph.Node
	for _, d := range parseInput(string(text)) {
		// sysfs does not show what is behind a keyboard that a program makes, such as
		// one of Bluetooth: it is left out.
		if d.isKeyboard() && !strings.HasPrefix(d.path, "/devices/virtual/") {
			all = append(all, &graph.Node{Kind: graph.Input, Name: d.name, On: graph.On(s.FunctionOf(d.path))})
		}
	}
	s.needOneOf(graph.Keyboard, "typing", "keyboard", all)
}

// input is one device of /proc/bus/input/devices.
type input struct {
	name string // N: Name="AT Translated Set 2 keyboard"
	path string // S: Sysfs=/devices/platform/i8042/serio0/input/input0
	keys uint64 // B: KEY=..., a bit for each of the first 64 keys
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

// firstKeys returns the last 64 bits of a bitmap, which is printed in words of the
// reader's own size without leading zeros, the lowest last: a word of more than 8
// digits has 64 bits (input_bits_to_string in drivers/input/input.c).
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

// isKeyboard reports whether one can log in with the device: it has all letters.
// The kernel's own rule for its consoles (kbd_match in drivers/tty/vt/keyboard.c)
// takes power buttons and remote controls as well.
func (d input) isKeyboard() bool { return d.keys&letters == letters }

// ownName returns a device's own name without what a terminal would act upon, and
// cut to a bounded length.
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
