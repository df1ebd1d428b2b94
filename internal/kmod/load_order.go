package kmod

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// LoadOrder returns the files of a loadable module and of those that it needs, in the order in which
// they have to be loaded, as modules.dep has them: "/lib/modules/6.1.0/kernel/...". The error has
// fs.ErrNotExist in its chain if the module is not there.
func (k Kernel) LoadOrder(name string) ([]string, error) {
	text, err := k.fsys.Read(k.dir+"/modules.dep", maxIndex)
	if err != nil {
		return nil, fmt.Errorf("module %s of kernel %s: %w", name, k.Release, err)
	}
	for line := range bytes.Lines(text) {
		file, needs, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), ":")
		if moduleName(file) != normal(name) {
			continue
		}
		files := append([]string{file}, strings.Fields(needs)...)
		slices.Reverse(files) // depmod puts a module before those that it needs
		for i, file := range files {
			if !path.IsAbs(file) {
				files[i] = path.Join(k.dir, file)
			}
		}
		return files, nil
	}
	return nil, fmt.Errorf("module %s of kernel %s: %w", name, k.Release, fs.ErrNotExist)
}
