package initramfs

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Tool is a program that makes initramfs images, by the name of its project.
type Tool string

// The known tools.
const (
	InitramfsTools Tool = "initramfs-tools" // Debian and its derivatives
	Dracut         Tool = "dracut"          // Fedora, SUSE, and others
	Mkinitfs       Tool = "mkinitfs"        // Alpine
	Mkinitcpio     Tool = "mkinitcpio"      // Arch
	Booster        Tool = "booster"
)

// Found is a tool, and the evidence for it.
type Found struct {
	Tool     Tool
	Evidence string // "/usr/sbin/mkinitramfs is installed"
}

// toolPrograms are the programs that show which tool is installed.
// update-initramfs is not among them, because other tools have one too.
var toolPrograms = [...]struct {
	tool    Tool
	program string
}{
	{InitramfsTools, "mkinitramfs"},
	{Dracut, "dracut"},
	{Mkinitfs, "mkinitfs"},
	{Mkinitcpio, "mkinitcpio"},
	{Booster, "booster"},
}

// programDirs are the folders in which they are installed.
var programDirs = [...]string{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}

// Installed returns the tools that this system has. There may be several;
// Image.Maker returns the one that made an image.
func Installed(fsys sysfs.FS) (found []Found) {
	for _, t := range toolPrograms {
		if file, ok := lookFor(fsys, t.program); ok {
			found = append(found, Found{t.tool, file + " is installed"})
		}
	}
	return found
}

func lookFor(fsys sysfs.FS, program string) (file string, ok bool) {
	for _, dir := range programDirs {
		if fsys.Exists(dir + program) {
			return dir + program, true
		}
	}
	return "", false
}

// marks are names that only one tool puts into its images. One that ends in a slash
// is a prefix of names.
var marks = [...]struct {
	tool Tool
	name string
}{
	{InitramfsTools, "conf/initramfs.conf"}, // mkinitramfs copies its configuration
	{Dracut, "usr/lib/dracut/"},             // hooks and state, where /lib is merged with /usr/lib
	{Dracut, "lib/dracut/"},                 // where it is not
	{Mkinitfs, "sbin/nlplug-findfs"},        // features.d/base.files
	{Mkinitfs, "usr/sbin/nlplug-findfs"},    //
	{Mkinitcpio, "buildconfig"},             // a copy of mkinitcpio.conf
	{Mkinitcpio, "init_functions"},          // in older versions
	{Booster, "etc/booster.init.yaml"},      // its init reads it
}

// Maker returns the tool that made the image, by its marks; false if it has none.
// If it has marks of several tools, the first tool in the list of marks made it.
func (i *Image) Maker() (Found, bool) {
	for _, m := range marks {
		name := strings.TrimSuffix(m.name, "/")
		if e, ok := i.entries[name]; ok && (name == m.name || e.Mode.IsDir()) {
			return Found{m.tool, m.name + " is in the image"}, true
		}
	}
	return Found{}, false
}
