package initramfs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ErrRelease means that a kernel release cannot be part of a file name.
var ErrRelease = errors.New("not a valid kernel release")

// checkRelease rejects a release that would name another file or an option.
func checkRelease(release string) error {
	if release == "" || release[0] == '.' || release[0] == '-' || len(release) > maxRelease || strings.ContainsFunc(release, unusual) {
		return fmt.Errorf("kernel release %q: %w", release, ErrRelease)
	}
	return nil
}

// maxRelease is the maximum length of uname -r's output, in bytes.
const maxRelease = 64

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_+~:@", r)
}

// FileNames returns the names that the image of a kernel has in /boot on various
// systems. They are in the order of GRUB's 20_linux_xen; the names of Alpine, Arch
// and booster, which it does not look for, come last.
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

// Find returns the image of a kernel: the first of FileNames that exists. The error
// has fs.ErrNotExist in its chain if none does.
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
	return "", fmt.Errorf("/boot has no initramfs of kernel %s under any known name: %w", release, err)
}

// ErrTool means that a tool is unknown.
var ErrTool = errors.New("unknown tool")

// Rebuild returns the command that rebuilds the image of a kernel with the
// system's configuration. Only update-initramfs chooses the image's name itself.
func Rebuild(tool Tool, release, image string) ([]string, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	if !path.IsAbs(image) || path.Clean(image) != image {
		return nil, fmt.Errorf("initramfs %q: the path is not absolute", image)
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
