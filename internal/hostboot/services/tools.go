package services

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Tools are tools of Xen that are installed.
type Tools struct {
	Release string // of Xen, the first two numbers: "4.17"
	Path    string // their folder, or the library that has the release in its name
}

// maxNames bounds how many names of a folder of libraries are looked at.
const maxNames = 1 << 16

// findTools returns the tools that are installed. Debian has a folder for each release, and takes
// that of the running hypervisor; elsewhere the library for hypercalls has the release in its
// name.
func findTools(f sysfs.FS) (all []Tools) {
	for _, name := range list(f, "/usr/lib") {
		if release, ok := strings.CutPrefix(name, "xen-"); ok && twoNumbers().MatchString(release) && f.Exists("/usr/lib/"+name+"/bin") {
			all = append(all, Tools{release, "/usr/lib/" + name})
		}
	}
	if len(all) == 0 {
		all = findLibraries(f)
	}
	slices.SortFunc(all, func(a, b Tools) int { return cmp.Or(cmp.Compare(a.Release, b.Release), cmp.Compare(a.Path, b.Path)) })
	return all
}

// findLibraries returns the libraries for hypercalls.
func findLibraries(f sysfs.FS) (all []Tools) {
	dirs := []string{"/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/local/lib64"}
	for _, name := range list(f, "/usr/lib") {
		if strings.HasSuffix(name, "-linux-gnu") {
			dirs = append(dirs, "/usr/lib/"+name)
		}
	}
	pattern := library()
	for _, dir := range dirs {
		for _, name := range list(f, dir) {
			match := pattern.FindStringSubmatch(name)
			if match == nil {
				continue
			}
			release := cmp.Or(match[1], match[2])
			if !slices.ContainsFunc(all, func(t Tools) bool { return t.Release == release }) {
				all = append(all, Tools{release, dir + "/" + name})
			}
		}
	}
	return all
}

func list(f sysfs.FS, dir string) (names []string) {
	entries, _ := f.Entries(dir, maxNames) // none where there is no such folder
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// library finds the release in the name of the library for hypercalls: libxenctrl.so.4.17, and
// libxenctrl-4.8.so. Those of Xen 3 have another number.
func library() *regexp.Regexp {
	return regexp.MustCompile(`^libxenctrl(?:\.so\.(4\.[0-9]+)|-(4\.[0-9]+)\.so)`)
}

func twoNumbers() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+\.[0-9]+$`) }

// short returns the first two numbers of a release: "4.17" of "4.17.5-rc1"; "" if it has none.
func short(release string) string {
	return regexp.MustCompile(`^[0-9]+\.[0-9]+`).FindString(release)
}
