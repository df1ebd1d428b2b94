package initramfs

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Tool is a program that makes initramfs images, by the name of its project.
type Tool string

// The tools that are known.
const (
	InitramfsTools Tool = "initramfs-tools" // Debian and what comes of it
	Dracut         Tool = "dracut"          // Fedora, SUSE, and others
	Mkinitfs       Tool = "mkinitfs"        // Alpine
	Mkinitcpio     Tool = "mkinitcpio"      // Arch
	Booster        Tool = "booster"
)

// Found is a tool, and why it is believed to be there.
type Found struct {
	Tool     Tool
	Evidence string // "/usr/sbin/mkinitramfs is installed"
}

// toolPrograms are the programs by which an installed tool shows. Other tools
// bring an update-initramfs too, so that one says nothing.
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

// programDirs are where they are installed.
var programDirs = [...]string{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}

// Installed are the tools that this system has. Several may be installed;
// Image.Maker says which of them made an image.
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

// marks are what only one tool puts into its images: names, or what names begin
// with where they end in a slash.
var marks = [...]struct {
	tool Tool
	name string
}{
	{InitramfsTools, "conf/initramfs.conf"}, // mkinitramfs copies its configuration
	{Dracut, "usr/lib/dracut/"},             // hooks and state, where /lib is merged with /usr/lib
	{Dracut, "lib/dracut/"},                 // and where not
	{Mkinitfs, "sbin/nlplug-findfs"},        // features.d/base.files
	{Mkinitfs, "usr/sbin/nlplug-findfs"},    //
	{Mkinitcpio, "buildconfig"},             // mkinitcpio.conf as it was
	{Mkinitcpio, "init_functions"},          // older ones
	{Booster, "etc/booster.init.yaml"},      // what its init reads
}

// Maker is the tool that made the image, by what is in it; false where nothing
// tells. An image that bears the marks of several was made by the first of them
// to match, and names that one.
func (i *Image) Maker() (Found, bool) {
	for _, m := range marks {
		name := strings.TrimSuffix(m.name, "/")
		if e, ok := i.entries[name]; ok && (name == m.name || e.Mode.IsDir()) {
			return Found{m.tool, m.name + " is in the image"}, true
		}
	}
	return Found{}, false
}
