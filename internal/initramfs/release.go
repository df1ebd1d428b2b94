package initramfs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ErrRelease is a kernel release that is no part of a file's name.
var ErrRelease = errors.New("this is no release of a kernel")

// checkRelease refuses what would name another file or an option.
func checkRelease(release string) error {
	if release == "" || release[0] == '.' || release[0] == '-' || len(release) > maxRelease || strings.ContainsFunc(release, unusual) {
		return fmt.Errorf("kernel release %q: %w", release, ErrRelease)
	}
	return nil
}

// maxRelease is the longest that uname -r says, in bytes.
const maxRelease = 64

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_+~:@", r)
}

// FileNames are the names that images of a kernel have in /boot, by convention
// of the systems: the order is that in which GRUB's 20_linux_xen looks for them,
// and Alpine's, Arch's and booster's, which it does not know, come last.
func FileNames(release string) ([]string, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	alternative := strings.TrimSuffix(release, ".old")
	names := []string{"initrd.img-" + release, "initrd-" + release + ".img", "initrd-" + release + ".gz", "initrd-" + release, "initramfs-" + release + ".img"}
	if alternative != release {
		names = append(names, "initrd.img-"+alternative, "initrd-"+alternative+".img", "initrd-"+alternative, "initramfs-"+alternative+".img")
	}
	names = append(names, "initramfs-genkernel-"+release, "initramfs-"+release)
	if i := strings.LastIndexByte(release, '-'); i >= 0 && release[i+1:] != "" {
		names = append(names, "initramfs-"+release[i+1:]) // "6.6.7-0-lts" has initramfs-lts
	}
	for i, name := range names {
		names[i] = "/boot/" + name
	}
	return names, nil
}

// Find is the image of a kernel: the first of FileNames that is there. The
// error has fs.ErrNotExist in its chain where none is.
func Find(fsys sysfs.FS, release string) (string, error) {
	names, err := FileNames(release)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if fsys.Exists(name) {
			return name, nil
		}
	}
	_, err = fsys.Open(names[0])
	return "", fmt.Errorf("no initramfs of kernel %s in /boot, nor by any other name: %w", release, err)
}

// ErrTool is a tool that is not known.
var ErrTool = errors.New("nothing is known of this tool")

// Rebuild is the command that makes the image of a kernel anew, as the system's
// administrator has configured it. Only update-initramfs chooses the name
// itself.
func Rebuild(tool Tool, release, image string) ([]string, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	if !path.IsAbs(image) || path.Clean(image) != image {
		return nil, fmt.Errorf("initramfs %q: a whole path is wanted", image)
	}
	switch tool {
	case InitramfsTools:
		return []string{"update-initramfs", "-u", "-k", release}, nil
	case Dracut:
		return []string{"dracut", "--force", image, release}, nil
	case Mkinitfs:
		return []string{"mkinitfs", "-o", image, release}, nil
	case Mkinitcpio:
		return []string{"mkinitcpio", "-k", release, "-g", image}, nil
	case Booster:
		return []string{"booster", "build", "--force", "--kernel-version", release, image}, nil
	}
	return nil, fmt.Errorf("initramfs tool %q: %w", tool, ErrTool)
}
