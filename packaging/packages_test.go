//go:build packages

package packaging

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the checkout.
const root = ".."

// TestMain makes the packages.
func TestMain(m *testing.M) {
	if err := makePackages(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func makePackages() error {
	c := exec.Command("make", "--no-print-directory", "packages")
	c.Dir, c.Stdout, c.Stderr = root, os.Stderr, os.Stderr
	return c.Run()
}

// sums returns the SHA-256 of each file of a folder.
func sums(t *testing.T, folder string) map[string][sha256.Size]byte {
	t.Helper()
	all := map[string][sha256.Size]byte{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = sha256.Sum256(content)
	}
	return all
}

// TestSame makes the packages again, and compares every byte.
func TestSame(t *testing.T) {
	first := sums(t, filepath.Join(root, "dist"))
	if err := makePackages(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, sums(t, filepath.Join(root, "dist"))); diff != "" || len(first) != 6 {
		t.Errorf("%d packages, the second time others:\n%s", len(first), diff)
	}
}

// common is what is in every package, beside the documentation.
const common = `
755 /usr/sbin/xenpci
755 /usr/sbin/xenpcid
644 /usr/share/bash-completion/completions/xenpci
644 /usr/share/fish/vendor_completions.d/xenpci.fish
644 /usr/share/doc/xenpci/CHANGELOG.md.gz
644 /usr/share/doc/xenpci/CONTRIBUTING.md
644 /usr/share/doc/xenpci/README.md
`

// kinds are the packages, by what is in them beside common.
var kinds = map[string]struct {
	patterns          map[elf.Machine]string // the names of its files
	read              func(t *testing.T, file string) listing
	files             string
	scripts, settings []string
}{
	"deb": {
		patterns: map[elf.Machine]string{elf.EM_X86_64: "xenpci_*_amd64.deb", elf.EM_AARCH64: "xenpci_*_arm64.deb"},
		read:     readDeb,
		files: `
755 /etc/init.d/xenpci
755 /etc/init.d/xenpci-early
755 /etc/init.d/xenpcid
644 /lib/systemd/system/xenpci-early.service
644 /lib/systemd/system/xenpci-verify.service
644 /lib/systemd/system/xenpci.service
644 /lib/systemd/system/xenpcid-uevent.socket
644 /lib/systemd/system/xenpcid.service
644 /lib/systemd/system/xenpcid.socket
755 /usr/lib/dracut/modules.d/90xenpci/module-setup.sh
755 /usr/lib/dracut/modules.d/90xenpci/xenpci-pre-udev.sh
644 /usr/share/doc/xenpci/changelog.gz
644 /usr/share/doc/xenpci/copyright
755 /usr/share/initramfs-tools/hooks/xenpci
755 /usr/share/initramfs-tools/scripts/init-top/00xenpci
644 /usr/share/lintian/overrides/xenpci
644 /usr/share/zsh/vendor-completions/_xenpci
`,
		scripts:  []string{"postinst", "postrm", "prerm"},
		settings: []string{"/etc/init.d/xenpci", "/etc/init.d/xenpci-early", "/etc/init.d/xenpcid"},
	},
	"rpm": {
		patterns: map[elf.Machine]string{elf.EM_X86_64: "xenpci-*.x86_64.rpm", elf.EM_AARCH64: "xenpci-*.aarch64.rpm"},
		read:     readRPM,
		files: `
755 /usr/lib/dracut/modules.d/90xenpci/module-setup.sh
755 /usr/lib/dracut/modules.d/90xenpci/xenpci-pre-udev.sh
644 /usr/lib/systemd/system/xenpci-early.service
644 /usr/lib/systemd/system/xenpci-verify.service
644 /usr/lib/systemd/system/xenpci.service
644 /usr/lib/systemd/system/xenpcid-uevent.socket
644 /usr/lib/systemd/system/xenpcid.service
644 /usr/lib/systemd/system/xenpcid.socket
644 /usr/share/licenses/xenpci/LICENSE
644 /usr/share/zsh/site-functions/_xenpci
`,
		scripts: []string{"postinstall", "postuninstall", "preuninstall"},
	},
	"apk": {
		patterns: map[elf.Machine]string{elf.EM_X86_64: "xenpci_*_x86_64.apk", elf.EM_AARCH64: "xenpci_*_aarch64.apk"},
		read:     readAPK,
		files: `
755 /etc/init.d/xenpci
755 /etc/init.d/xenpci-early
755 /etc/init.d/xenpcid
644 /etc/mkinitfs/features.d/pciback.modules
644 /usr/share/licenses/xenpci/LICENSE
644 /usr/share/zsh/site-functions/_xenpci
`,
		scripts:  []string{"post-upgrade", "pre-deinstall"},
		settings: []string{"/etc/init.d/xenpci", "/etc/init.d/xenpci-early", "/etc/init.d/xenpcid", "/etc/mkinitfs/features.d/pciback.modules"},
	},
}

// documentation returns the pages of the checkout, as a package has them.
func documentation(t *testing.T) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			lines = append(lines, "644 /usr/share/doc/xenpci/"+strings.TrimPrefix(name, root+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "man", "*.[1-9]"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d manual pages: %v", len(pages), err)
	}
	for _, page := range pages {
		lines = append(lines, "644 /usr/share/man/man"+filepath.Ext(page)[1:]+"/"+filepath.Base(page)+".gz")
	}
	return lines
}

// TestContents compares everything that is in each package with the table.
func TestContents(t *testing.T) {
	for name, kind := range kinds {
		want := slices.Concat(documentation(t), strings.Split(strings.TrimSpace(common), "\n"), strings.Split(strings.TrimSpace(kind.files), "\n"))
		slices.Sort(want)
		for machine, pattern := range kind.patterns {
			t.Run(name+"/"+machine.String(), func(t *testing.T) {
				l := kind.read(t, packageFile(t, filepath.Join(root, "dist"), pattern))
				var got []string
				for _, path := range slices.Sorted(maps.Keys(l.Files)) {
					got = append(got, strings.TrimLeft(l.Files[path].String(), "-")+" "+path)
				}
				for at, line := range got {
					mode, path, _ := strings.Cut(line, " ")
					got[at] = map[string]string{"rwxr-xr-x": "755", "rw-r--r--": "644"}[mode] + " " + path
				}
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("contents: -want +got\n%s", diff)
				}
				slices.Sort(l.Scripts)
				slices.Sort(l.Settings)
				if diff := cmp.Diff(kind.scripts, l.Scripts); diff != "" {
					t.Errorf("scripts: -want +got\n%s", diff)
				}
				if diff := cmp.Diff(kind.settings, l.Settings); diff != "" {
					t.Errorf("settings: -want +got\n%s", diff)
				}
				for path, content := range l.Programs {
					static(t, path, content, machine)
				}
			})
		}
	}
}

// static checks that a program is for a machine, and needs no library.
func static(t *testing.T, name string, content []byte, machine elf.Machine) {
	t.Helper()
	program, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer program.Close()
	if program.Machine != machine {
		t.Errorf("%s is for %s", name, program.Machine)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("%s is not static", name)
		}
	}
}

// TestCheckers has each distribution's checker find nothing, not even a warning.
func TestCheckers(t *testing.T) {
	for name, args := range map[string][]string{
		"lintian": {"lintian", "--allow-root", "--fail-on", "error,warning", "dist/*.deb"},
		"rpmlint": {"rpmlint", "--strict", "--config", "packaging/rpm/rpmlint.toml", "dist/*.rpm"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(root, args[len(args)-1]))
			if err != nil || len(files) != 2 {
				t.Fatalf("%d packages: %v", len(files), err)
			}
			for at, file := range files {
				files[at] = strings.TrimPrefix(file, root+"/")
			}
			c := exec.CommandContext(t.Context(), args[0], slices.Concat(args[1:len(args)-1], files)...)
			c.Dir = root
			c.Env = append(os.Environ(), "PATH="+relativeCpio(t)+":"+os.Getenv("PATH"))
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", c, err, out)
			}
		})
	}
}

// relativeCpio returns a folder with a cpio that writes below the working directory alone.
// rpmlint unpacks packages with cpio, and the names in nfpm's packages begin with a slash:
// run by root it would install them on this machine.
func relativeCpio(t *testing.T) string {
	t.Helper()
	cpio, err := exec.LookPath("cpio")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	script := "#!/bin/sh\nexec " + cpio + " --no-absolute-filenames \"$@\"\n"
	if err := os.WriteFile(filepath.Join(folder, "cpio"), []byte(script), 0o755); err != nil { //nolint:forbidigo // a test's own file
		t.Fatal(err)
	}
	return folder
}
