package foreign

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// localScripts run at the end of a boot if they are executable.
var localScripts = [...]string{"/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/boot.local", "/etc/init.d/after.local"}

// scriptFolders are folders with scripts that run at boot. The names of those that run have
// the suffix.
var scriptFolders = [...]struct{ folder, suffix string }{
	{"/etc/local.d", ".start"}, // OpenRC's service local
	{"/etc/init.d", ""},
	{"/etc/rc.d/init.d", ""},
	{"/etc/initramfs-tools/scripts/init-top", ""},
	{"/etc/initramfs-tools/scripts/init-premount", ""},
	{"/etc/initramfs-tools/scripts/local-top", ""},
	{"/etc/initramfs-tools/scripts/init-bottom", ""},
	{"/etc/network/if-pre-up.d", ""},
	{"/etc/network/if-up.d", ""},
	{"/etc/libvirt/hooks", ""},
}

// unitFolders have systemd's units that an administrator wrote.
var unitFolders = [...]string{"/etc/systemd/system", "/usr/local/lib/systemd/system"}

// cronFolder has tables of cron.
const cronFolder = "/etc/cron.d"

// rulesFolder has udev's rules that an administrator wrote.
const rulesFolder = "/etc/udev/rules.d"

// packagedScripts are scripts of packages. They hide what the settings of others name, which are
// read elsewhere.
var packagedScripts = [...]string{"xen-pci", "xendomains", "xencommons", "xen"}

// maxCalled bounds how many scripts are read that others call.
const maxCalled = 64

// readScripts reads the scripts, units and rules of the boot for commands that hide devices.
func (r *reader) readScripts() {
	for _, file := range localScripts {
		r.readScript(file)
	}
	r.readCron("/etc/crontab")
	for _, name := range r.filesIn(cronFolder) {
		r.readCron(path.Join(cronFolder, name))
	}
	for _, f := range scriptFolders {
		for _, name := range r.filesIn(f.folder) {
			if strings.HasSuffix(name, f.suffix) && !slices.Contains(packagedScripts[:], name) {
				r.readScript(path.Join(f.folder, name))
			}
		}
	}
	for _, folder := range unitFolders {
		for _, name := range r.filesIn(folder) {
			if strings.HasSuffix(name, ".service") {
				r.readUnit(path.Join(folder, name))
			}
			if strings.HasSuffix(name, ".service.d") {
				for _, part := range r.filesIn(path.Join(folder, name)) {
					r.readUnit(path.Join(folder, name, part))
				}
			}
		}
	}
	for _, name := range r.filesIn(rulesFolder) {
		if strings.HasSuffix(name, ".rules") {
			r.readRules(path.Join(rulesFolder, name))
		}
	}
}

// filesIn returns the names in a folder, none if there is no such folder.
func (r *reader) filesIn(folder string) []string {
	if !r.isFolder(folder) {
		return nil
	}
	return r.names(folder)
}

func (r *reader) isFolder(name string) bool {
	_, err := r.FS.Entries(name+"/.", 1)
	return err == nil
}

// scriptWords are words of which every text has one that hides a device.
var scriptWords = [...]string{"pciback", "pci-assignable-add", "nodedev-det", "driver_override", "set-override"}

// script returns a text that may hide devices and is not xenpci's own. Programs, folders and
// broken links are none.
func (r *reader) script(file string) (text string, ok bool) {
	content, exists, err := etc.Read(r.FS, file)
	if errors.Is(err, fs.ErrPermission) {
		r.unread(err)
	}
	if err != nil || !exists || brand.Owns(content) || bytes.IndexByte(content, 0) >= 0 {
		return "", false
	}
	return string(content), true
}

func about(text string) bool {
	return slices.ContainsFunc(scriptWords[:], func(word string) bool { return strings.Contains(text, word) })
}

// readScript reads one shell script, and the scripts that it calls.
func (r *reader) readScript(file string) {
	text, ok := r.script(file)
	if !ok {
		return
	}
	var problems []string
	if _, err := r.FS.Readlink(file); err != nil && etc.Mode(r.FS, file)&0o111 == 0 {
		problems = append(problems, "it has no effect: "+file+" is not executable, so it is not run")
	}
	commands := parseShell(text, 1)
	if about(text) {
		r.readCommands(file, commands, problems...)
	}
	r.readCalled(commands, problems...)
}

// readCron reads a table of cron for commands that run at boot.
func (r *reader) readCron(file string) {
	text, ok := r.script(file)
	if !ok {
		return
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), "@reboot"); found {
			_, run, _ := strings.Cut(strings.TrimSpace(rest), " ") // after the user
			r.readLine(file, number, run)
		}
	}
}

// ownFolders are where scripts of an administrator are, which others call.
var ownFolders = [...]string{"/usr/local/", "/root/", "/opt/", "/etc/", "/srv/", "/home/"}

// readCalled reads the scripts that commands run by their path.
func (r *reader) readCalled(commands []command, problems ...string) {
	for _, c := range commands {
		words, problems := c.words, append(slices.Clip(problems), c.problems()...)
		if len(words) > 1 && slices.Contains([]string{"sh", "bash", "dash", "ash", ".", "source"}, baseNameOf(words[0])) {
			if inner := slices.Index(words, "-c"); inner > 0 && inner+1 < len(words) {
				continue // its commands are read where the line is read
			}
			words = words[1:]
		}
		if len(words) == 0 || !slices.ContainsFunc(ownFolders[:], func(folder string) bool { return strings.HasPrefix(words[0], folder) }) {
			continue
		}
		file := path.Clean(words[0])
		if slices.Contains(r.called, file) || len(r.called) == maxCalled {
			continue
		}
		r.called = append(r.called, file)
		if text, ok := r.script(file); ok && about(text) {
			r.readCommands(file, parseShell(text, 1), problems...)
		}
	}
}

// joint stands where a line of a unit is continued.
const joint = "\x01"

// readUnit reads the commands of a unit of systemd.
func (r *reader) readUnit(file string) {
	text, ok := r.script(file)
	if !ok {
		return
	}
	number := 0
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", joint)) {
		number++
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if found && strings.HasPrefix(key, "Exec") {
			r.readLine(file, number, strings.TrimLeft(strings.NewReplacer(joint, " ", "$$", "$").Replace(value), "@-:+!|"))
		}
		number += strings.Count(line, joint)
	}
}

// readLine reads the commands of one line, and those of a shell that it starts.
func (r *reader) readLine(file string, number int, text string) {
	commands := parseShell(text, number)
	for _, c := range commands {
		if at := slices.Index(c.words, "-c"); at > 0 && at+1 < len(c.words) && strings.HasSuffix(baseNameOf(c.words[0]), "sh") {
			commands = append(commands, parseShell(c.words[at+1], number)...)
		}
	}
	r.readCommands(file, commands)
	r.readCalled(commands)
}

// readRules reads the rules of udev that reserve a device for pciback, or run a command that
// hides it.
func (r *reader) readRules(file string) {
	text, ok := r.script(file)
	if !ok || !about(text) {
		return
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || !about(line) {
			continue
		}
		device := ruleValue(line, `KERNEL=="`)
		at := Where{file, number}
		if driver := ruleValue(line, `ATTR{driver_override}="`); driver != "" {
			if s, ok := r.ruleOverride(at, device, driver); ok {
				s.Where, s.Text = at, line
				r.add(s)
			}
		}
		for _, key := range []string{`RUN+="`, `RUN="`, `RUN{program}+="`, `PROGRAM="`, `PROGRAM=="`} {
			if command := ruleValue(line, key); command != "" {
				r.readLine(file, number, strings.NewReplacer("%k", device, "$kernel", device).Replace(command))
			}
		}
	}
}

// ruleOverride returns the setting of a rule that sets driver_override.
func (r *reader) ruleOverride(at Where, device, driver string) (s Setting, ok bool) {
	if a, known := pci.ParseName(device); known {
		return r.override(at, a, driver)
	}
	s.Problems = []string{"the rule names no address, and udev decides which devices it is for: look there yourself"}
	return s, isPciback(driver) || driver == pciback.Name
}

// ruleValue returns the value of a key in a rule, "" if it does not have it.
func ruleValue(line, key string) string {
	_, rest, found := strings.Cut(line, key)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
