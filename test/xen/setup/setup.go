// Package setup brings the emulated Xen host's parts together in the build
// folder: packages, image, and xenpci as it is in this checkout.
package setup

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/image"
	"github.com/xenpci/xenpci/test/xen/packages"
)

// Setup is a checkout and what was built from it.
type Setup struct {
	Root   string // the checkout
	Folder string // build/xen in it
	Image  image.Image
}

// Prepare installs the packages that are missing, which takes root, and makes
// the image unless it is there.
func Prepare(ctx context.Context, log io.Writer) (Setup, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return Setup{}, fmt.Errorf("go env GOMOD: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(module)))
	s := Setup{Root: root, Folder: filepath.Join(root, "build/xen")}
	text, err := os.ReadFile(filepath.Join(root, "test/xen/packages.txt"))
	if err != nil {
		return Setup{}, err
	}
	list, err := packages.Parse(string(text))
	if err != nil {
		return Setup{}, fmt.Errorf("test/xen/packages.txt: %w", err)
	}
	if err := packages.Install(ctx, list.Host, log); err != nil {
		return Setup{}, err
	}
	if err := os.MkdirAll(filepath.Join(s.Folder, "logs"), 0o755); err != nil {
		return Setup{}, err
	}
	s.Image, err = image.Build(ctx, s.Folder, list, log)
	return s, err
}

// Log returns the name of a log file of the boot name.
func (s Setup) Log(name string) string {
	return filepath.Join(s.Folder, "logs", strings.ReplaceAll(name, "/", "-"))
}

// Program builds a command of this checkout as a static program, and returns
// its file.
func (s Setup) Program(ctx context.Context, path string) (string, error) {
	target := filepath.Join(s.Folder, "bin", filepath.Base(path))
	return target, s.compile(ctx, "build", "-trimpath", "-ldflags=-s -w", "-o", target, "./"+path)
}

// Test builds a package's tests as a static program, and returns its file.
func (s Setup) Test(ctx context.Context, path string) (string, error) {
	target := filepath.Join(s.Folder, "bin", strings.ReplaceAll(path, "/", "-")+".test")
	return target, s.compile(ctx, "test", "-c", "-tags=xen", "-trimpath", "-ldflags=-s -w", "-o", target, "./"+path)
}

func (s Setup) compile(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = s.Root
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
