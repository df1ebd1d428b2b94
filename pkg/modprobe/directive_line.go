package modprobe

import (
	"slices"
	"strings"
)

// OptionsLine gives a module one parameter: "options xen-pciback hide=(...)".
// The error is a *NameError.
func OptionsLine(module, parameter, value string) (string, error) {
	if err := CheckName(module); err != nil {
		return "", err
	}
	if err := checkWord("parameter", parameter); err != nil {
		return "", err
	}
	if err := checkValue(value); err != nil {
		return "", err
	}
	return "options " + module + " " + parameter + "=" + value, nil
}

// SoftdepLine makes modprobe load modules before and after a driver: "softdep
// e1000 pre: xen-pciback". One that cannot be loaded stops nothing: the driver
// then takes all its devices. The error is a *NameError.
func SoftdepLine(driver string, pre, post []string) (string, error) {
	for _, name := range slices.Concat([]string{driver}, pre, post) {
		if err := CheckName(name); err != nil {
			return "", err
		}
	}
	text := "softdep " + driver
	if len(pre) > 0 {
		text += " pre: " + strings.Join(pre, " ")
	}
	if len(post) > 0 {
		text += " post: " + strings.Join(post, " ")
	}
	if len(pre)+len(post) == 0 {
		return "", &NameError{Input: driver, What: "module", Reason: "nothing goes before or after it"}
	}
	return text, nil
}

// SoftdepBefore is the softdep line that makes modprobe load module before
// driver, and else what the lines found say already: only one line counts, so
// it must have the modules of the one that it takes the place of. It must come
// first among the files, and before modules.softdep. ours says which of the
// lines are the caller's own and are about to go; nil where none is.
//
// The error is a *NameError, also where a line of somebody else's names
// something that no module is called.
func (c *Config) SoftdepBefore(driver, module string, ours func(Where) bool) (string, error) {
	pre := []string{module}
	var post []string
	theirs := c.matching(Softdep, driver)
	if ours != nil {
		theirs = slices.DeleteFunc(theirs, func(f Found) bool { return ours(f.Where) })
	}
	if len(theirs) > 0 {
		d := theirs[c.winner(len(theirs))].Directive
		post = d.Post
		for _, name := range d.Pre {
			if Name(name) != Name(module) {
				pre = append(pre, name)
			}
		}
	}
	return SoftdepLine(driver, pre, post)
}

// modprobePath is where modprobe is on every system: the kernel itself starts
// that one (CONFIG_MODPROBE_PATH).
const modprobePath = "/sbin/modprobe"

// InstallLine is the classic form of SoftdepLine: "install e1000 /sbin/modprobe
// xen-pciback ; /sbin/modprobe --first-time --ignore-install e1000". A shell
// runs it, which is why the names are looked at.
//
// It does not count where a softdep line has modules for the driver, options
// of the command that loads the driver get lost, and modprobe's dependencies
// among modules do not see it. The error is a *NameError.
func InstallLine(driver, module string) (string, error) {
	for _, name := range []string{driver, module} {
		if err := CheckName(name); err != nil {
			return "", err
		}
	}
	return "install " + driver + " " + modprobePath + " " + module + " ; " + modprobePath + " --first-time --ignore-install " + driver, nil
}

// Loads returns the modules that an install command loads by modprobe before or
// in place of the driver itself, as far as the command is of the classic form:
// "modprobe NAME" parts with ';', '&' or '|' between them. Of anything else it
// returns what it can tell, and runs nothing.
func Loads(command string) (names []string) {
	parts := strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(";&|\n", r) })
	for _, part := range parts {
		words := strings.Fields(part)
		if len(words) < 2 || words[0][strings.LastIndexByte(words[0], '/')+1:] != "modprobe" ||
			slices.Contains(words, "-r") || slices.Contains(words, "--remove") {
			continue
		}
		for _, w := range words[1:] {
			if CheckName(w) == nil {
				names = append(names, w)
				break // what follows are parameters
			}
		}
	}
	return names
}
