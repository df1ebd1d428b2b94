package initramfs

import (
	"errors"
	"fmt"
	"path"
	"slices"
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
	names = append(names, "initramfs-genkernel-"+release, "initramfs-genkernel-x86_64-"+release, "initramfs-genkernel-x86-"+release, "initramfs-"+release)
	if i := strings.LastIndexByte(release, '-'); i >= 0 && release[i+1:] != "" {
		names = append(names, "initramfs-"+release[i+1:]) // "6.6.7-0-lts" has initramfs-lts
	}
	for i, name := range names {
		names[i] = "/boot/" + name
	}
	return names, nil
}

// Find returns the image of a kernel: the first that exists of FileNames, of the name that
// Arch gives it, and of that of kernel-install. The error has fs.ErrNotExist in its chain if
// none does.
func Find(fsys sysfs.FS, release string) (string, error) {
	names, err := FileNames(release)
	if err != nil {
		return "", err
	}
	names = append(names, recordedNames(fsys, release)...)
	for _, name := range names {
		if fsys.Exists(name) {
			return name, nil
		}
	}
	_, err = fsys.Open(names[0])
	return "", fmt.Errorf("/boot has no initramfs of kernel %s under any known name: %w", release, err)
}

// recordedNames returns the names of a kernel's image that depend on files of the system: by
// Arch's name of the kernel's package, and below the machine's ID (kernel-install(8)).
func recordedNames(fsys sysfs.FS, release string) (names []string) {
	if pkgbase, err := fsys.Attribute("/lib/modules/" + release + "/pkgbase"); err == nil && checkRelease(pkgbase) == nil {
		names = append(names, "/boot/initramfs-"+pkgbase+".img")
	}
	if id, err := fsys.Attribute("/etc/machine-id"); err == nil && checkRelease(id) == nil {
		for _, place := range [...]string{"/boot/", "/efi/", "/boot/efi/"} {
			names = append(names, place+id+"/"+release+"/initrd")
		}
	}
	return names
}

// maxImages is how many files of /boot are looked at.
const maxImages = 1 << 10

// Unexplained returns the files in /boot that may be an initramfs and are none of these
// kernels, by their names, sorted. Links lead to other images.
func Unexplained(fsys sysfs.FS, releases []string) (names []string) {
	known := map[string]bool{}
	for _, release := range releases {
		of, err := FileNames(release)
		if err != nil {
			continue
		}
		for _, name := range append(of, recordedNames(fsys, release)...) {
			known[name] = true
			known[strings.TrimSuffix(name, ".img")+"-fallback.img"] = true // Arch's
		}
	}
	entries, _ := fsys.Entries("/boot", maxImages) // without /boot, there is none
	for _, e := range entries {
		name := "/boot/" + e.Name()
		image := strings.HasPrefix(e.Name(), "initrd") || strings.HasPrefix(e.Name(), "initramfs")
		if image && e.Type().IsRegular() && !known[name] && !strings.Contains(name, "-rescue-") && !strings.Contains(name, "kdump") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
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
