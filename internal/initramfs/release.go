package initramfs

import (
	"errors"
	"fmt"
	"io/fs"
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

// Find returns the image of a kernel: the first in one of Folders that has a name of FileNames,
// the name that Arch gives it, or that of kernel-install. The error has fs.ErrNotExist in its chain if
// none does.
func Find(fsys sysfs.FS, release string) (string, error) {
	names, err := FileNames(release)
	if err != nil {
		return "", err
	}
	if name := pkgbaseName(fsys, release); name != "" {
		names = append(names, name)
	}
	for _, folder := range Folders() {
		for _, name := range names {
			if name = folder + "/" + path.Base(name); fsys.Exists(name) {
				return name, nil
			}
		}
		if name, ok := installedName(fsys, folder, release); ok {
			return name, nil
		}
	}
	_, err = fsys.Open(names[0])
	for _, folder := range Folders() {
		if _, denied := fsys.List(folder); errors.Is(denied, fs.ErrPermission) {
			return "", fmt.Errorf("the initramfs of kernel %s was not found: %w", release, denied)
		}
	}
	return "", fmt.Errorf("there is no initramfs of kernel %s under any known name: %w", release, err)
}

// Folders returns where images are: /boot, and where the EFI system partition is mounted.
func Folders() []string { return []string{"/boot", "/efi", "/boot/efi"} }

// pkgbaseName returns the name of a kernel's image by the kernel's package, as Arch calls it;
// "" on other systems.
func pkgbaseName(fsys sysfs.FS, release string) string {
	pkgbase, err := fsys.Attribute("/lib/modules/" + release + "/pkgbase")
	if err != nil || checkRelease(pkgbase) != nil {
		return ""
	}
	return "/boot/initramfs-" + pkgbase + ".img"
}

// installedName returns the image that kernel-install(8) made of a kernel in a folder: in a
// folder with the machine's ID, or with another entry token.
func installedName(fsys sysfs.FS, folder, release string) (name string, ok bool) {
	id, _ := fsys.Attribute("/etc/machine-id")
	tokens := []string{id}
	entries, _ := fsys.Entries(folder, maxImages) // without the folder, there is none
	for _, e := range entries {
		if e.IsDir() && e.Name() != id {
			tokens = append(tokens, e.Name())
		}
	}
	slices.Sort(tokens[1:])
	for _, token := range tokens {
		name := path.Join(folder, token, release, "initrd")
		if token != "" && fsys.Exists(name) {
			return name, true
		}
	}
	return "", false
}

// maxImages is how many files of a folder are looked at.
const maxImages = 1 << 10

// Unexplained returns the files in Folders that may be an initramfs and are none of these
// kernels, by their names, sorted. Links lead to other images.
func Unexplained(fsys sysfs.FS, releases []string) (names []string) {
	known := map[string]bool{}
	for _, release := range releases {
		of, err := FileNames(release)
		if err != nil {
			continue
		}
		for _, name := range append(of, pkgbaseName(fsys, release)) {
			known[path.Base(name)] = true
			known[strings.TrimSuffix(path.Base(name), ".img")+"-fallback.img"] = true // Arch's
		}
	}
	for _, folder := range Folders() {
		entries, _ := fsys.Entries(folder, maxImages) // without the folder, there is none
		for _, e := range entries {
			name := e.Name()
			image := strings.HasPrefix(name, "initrd") || strings.HasPrefix(name, "initramfs")
			if image && e.Type().IsRegular() && !known[name] && !strings.Contains(name, "-rescue-") && !strings.Contains(name, "kdump") {
				names = append(names, folder+"/"+name)
			}
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
