package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/cpio"
)

// stuckModule is where dom0 has the module that hangs in remove().
const stuckModule = "tests/stuck.ko"

// compilerScript runs this machine's gcc, which may be older than the one that has compiled the
// kernel: options that it does not know are left out.
const compilerScript = `#!/bin/sh
for option; do
	shift
	case $option in -fmin-function-alignment=* | -fstrict-flex-arrays=*) ;; *) set -- "$@" "$option" ;; esac
done
exec gcc "$@"
`

// noBTF keeps the kernel's makefiles from running pahole, which describes a module's types for BPF.
const noBTF = "CONFIG_DEBUG_INFO_BTF_MODULES="

// writeStuck compiles the module of the folder stuck for the image's kernel, with the headers
// of the packages that are unpacked in a tree, and makes an archive of it.
func (h *host) writeStuck(ctx context.Context, headers, folder, target string) error {
	files, err := fs.Sub(sources, "stuck")
	if err != nil {
		return err
	}
	if err := os.CopyFS(folder, files); err != nil {
		return err
	}
	build := filepath.Join(headers, "usr/src/linux-headers-"+h.release)
	makefile, err := realMakefile(headers, build)
	if err != nil {
		return err
	}
	if err := h.runHere(headers); err != nil {
		return err
	}
	compiler := filepath.Join(folder, "compiler")
	if err := os.WriteFile(compiler, []byte(compilerScript), 0o755); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "make", "--directory", build, "--file", makefile, "CC="+compiler, "M="+folder, noBTF, "modules")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("the module stuck for %s: %w\n%s", h.release, err, out)
	}
	module, err := os.ReadFile(filepath.Join(folder, "stuck.ko"))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	archive := cpio.NewWriter(&out)
	if err := errors.Join(archive.Directory("tests"), archive.File(stuckModule, 0o644, module), archive.Close()); err != nil {
		return err
	}
	return os.WriteFile(target, out.Bytes(), 0o644)
}

// realPrograms end the names of programs for x86-64. Debian's modpost and objtool start that of the
// kernel's architecture, which they find by their own name.
var realPrograms = []string{".real-lsb-64", ".real-x86"}

// runHere has the programs of a kernel's headers run on this machine, whose C library may be older
// than the one that they are linked with: by the tree's own loader and libraries.
func (h *host) runHere(headers string) error {
	const libraries = "usr/lib/x86_64-linux-gnu"
	loader, err := one(h.tree, libraries+"/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
	if err != nil {
		return err
	}
	path := strings.Join([]string{filepath.Dir(loader), filepath.Join(h.tree, libraries), filepath.Join(headers, libraries)}, ":")
	return filepath.WalkDir(filepath.Join(headers, "usr/lib"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.Contains(name, "/linux-kbuild-") {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil || !bytes.HasPrefix(content, []byte("\x7fELF")) {
			return err
		}
		script := fmt.Sprintf("#!/bin/sh\nexec %s --library-path %s %s.program \"$@\"\n", loader, path, name)
		for _, suffix := range realPrograms {
			if _, err := os.Stat(name + suffix); err == nil {
				script = fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", name+suffix)
			}
		}
		return errors.Join(os.Rename(name, name+".program"), os.WriteFile(name, []byte(script), 0o755))
	})
}

// realMakefile returns the Makefile of a kernel's headers. Debian's includes another by its
// installed name, and these are not installed.
func realMakefile(headers, build string) (string, error) {
	name := filepath.Join(build, "Makefile")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if installed, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "include /"); ok && !strings.Contains(installed, "\n") {
		return filepath.Join(headers, installed), nil
	}
	return name, nil
}
