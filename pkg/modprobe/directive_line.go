package modprobe

import (
	"slices"
	"strings"
)

// OptionsLine returns the line that gives a module one parameter:
// "options xen-pciback hide=(...)". The error is a *NameError.
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

// SoftdepLine returns the line that makes modprobe load modules before and after a
// driver: "softdep e1000 pre: xen-pciback". If one of them fails to load, modprobe
// loads the driver all the same, and it takes all its devices. The error is a
// *NameError.
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
		return "", &NameError{Input: driver, What: "module", Reason: "there is no module to load before or after it"}
	}
	return text, nil
}

// SoftdepBefore returns the softdep line that makes modprobe load module before
// driver. kmod applies only one softdep line for a driver, so the line also has the
// modules of the one that it replaces, and its file must sort before all others and
// before modules.softdep. ours, if not nil, reports the lines that are the caller's
// own and are to be ignored.
//
// The error is a *NameError, also if the line that is replaced has a word that cannot
// be the name of a module.
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

// modprobePath is the path of modprobe on every system, at which the kernel itself
// starts it (CONFIG_MODPROBE_PATH).
const modprobePath = "/sbin/modprobe"

// InstallLine returns the older form of SoftdepLine: "install e1000 /sbin/modprobe
// xen-pciback ; /sbin/modprobe --first-time --ignore-install e1000". A shell runs the
// command, so the names are checked; the error is a *NameError.
//
// modprobe ignores the line if a softdep line names modules for the driver, and
// options on the command line that loads the driver are lost.
func InstallLine(driver, module string) (string, error) {
	for _, name := range []string{driver, module} {
		if err := CheckName(name); err != nil {
			return "", err
		}
	}
	return "install " + driver + " " + modprobePath + " " + module + " ; " + modprobePath + " --first-time --ignore-install " + driver, nil
}

// Loads returns the modules that an install command loads by modprobe, before the
// driver itself or in its place. It reads the command as Loadings does.
func Loads(command string) (names []string) {
	for _, l := range Loadings(command) {
		names = append(names, l.Module)
	}
	return names
}

// Loading is one module that a command loads, and the parameters that it gives to it.
type Loading struct {
	Module     string // as it is written
	Parameters string // "hide=(00:09.0) permissive=1"
}

// Loadings returns the modules that a command loads by modprobe, for commands of the usual
// form: "modprobe NAME PARAMETER..." parts separated by ';', '&' or '|'. It returns what it
// recognises of any other, and executes nothing.
func Loadings(command string) (all []Loading) {
	parts := strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(";&|\n", r) })
	for _, part := range parts {
		words := strings.Fields(part)
		if len(words) < 2 || words[0][strings.LastIndexByte(words[0], '/')+1:] != "modprobe" ||
			slices.Contains(words, "-r") || slices.Contains(words, "--remove") {
			continue
		}
		for i, w := range words[1:] {
			if CheckName(w) == nil {
				all = append(all, Loading{w, strings.Join(words[i+2:], " ")})
				break // what follows are parameters
			}
		}
	}
	return all
}
