package sysfs

import "strings"

// consolesFile is where the kernel shows its consoles, since Linux 2.6.38.
const consolesFile = "/proc/consoles"

// consolesLimit is how much of it is read, in bytes.
const consolesLimit = 64 << 10

// Console is a console of the kernel that is in use.
type Console struct {
	Name      string // "ttyS0", "hvc0"
	Preferred bool   // it is /dev/console
}

// Consoles returns the consoles of the running kernel that are in use. It takes the lock of the
// consoles, which is held only while a line is printed. The error is an *AttrError.
func (f FS) Consoles() ([]Console, error) {
	text, err := f.Read(consolesFile, consolesLimit)
	if err != nil {
		return nil, err
	}
	return parseConsoles(string(text)), nil
}

// parseConsoles reads lines such as
//
//	ttyS0                -W- (EC  p a)    4:64
//
// (fs/proc/consoles.c), where E stands for enabled and C for preferred. Lines of another form are
// passed over.
func parseConsoles(text string) (all []Console) {
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, " ")
		_, rest, _ = strings.Cut(rest, "(")
		flags, _, ok := strings.Cut(rest, ")")
		if ok && strings.Contains(flags, "E") && IsDeviceName(name) {
			all = append(all, Console{Name: name, Preferred: strings.Contains(flags, "C")})
		}
	}
	return all
}

// IsDeviceName reports whether s can be the name of a tty, and does not change the
// folder of a path that it becomes part of.
func IsDeviceName(s string) bool {
	const longest = 64
	return s != "" && len(s) <= longest && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' })
}
