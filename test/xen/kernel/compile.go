package kernel

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// compilation compiles the sources in one folder into another.
type compilation struct {
	source, objects string
	log             io.Writer
}

// fixed are what would be different in two kernels of the same sources.
var fixed = []string{"KBUILD_BUILD_TIMESTAMP=1970-01-01 00:00:00 UTC", "KBUILD_BUILD_USER=xenpci", "KBUILD_BUILD_HOST=lab"}

// unpack unpacks the archive of the sources.
func (c compilation) unpack(ctx context.Context, archive string) error {
	for _, folder := range []string{c.source, c.objects} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	return c.run(ctx, "tar", "--extract", "--file", archive, "--directory", c.source, "--strip-components=1")
}

// configure sets the options, and nothing else that is not needed for them. An option
// that the kernel did not take is an error.
func (c compilation) configure(ctx context.Context, options string) error {
	file := filepath.Join(c.objects, "options")
	if err := os.WriteFile(file, []byte(options), 0o644); err != nil {
		return err
	}
	if err := c.make(ctx, "KCONFIG_ALLCONFIG="+file, "allnoconfig"); err != nil {
		return err
	}
	config, err := os.ReadFile(filepath.Join(c.objects, ".config"))
	if err != nil {
		return err
	}
	if lost := missing(options, string(config)); len(lost) > 0 {
		return fmt.Errorf("the kernel's configuration lacks %s: something that they depend on is not set", strings.Join(lost, ", "))
	}
	return nil
}

// missing returns the options that a configuration does not have.
func missing(options, config string) (lost []string) {
	has := map[string]bool{}
	for line := range strings.Lines(config) {
		has[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(options) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "CONFIG_") && !has[line] {
			lost = append(lost, line)
		}
	}
	return lost
}

// install compiles the kernel and its modules, and puts them into the folder tree.
func (c compilation) install(ctx context.Context, tree string) error {
	fmt.Fprintln(c.log, "compiling the kernel with a built-in pciback; that takes some minutes")
	if err := c.make(ctx, fmt.Sprintf("--jobs=%d", runtime.NumCPU()), "bzImage", "modules"); err != nil {
		return err
	}
	// The image has its own depmod.
	if err := c.make(ctx, "INSTALL_MOD_PATH="+tree, "DEPMOD=true", "modules_install"); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(c.objects, "include/config/kernel.release"))
	if err != nil {
		return err
	}
	release := strings.TrimSpace(string(text))
	// These lead to folders that will not be there.
	for _, link := range []string{"build", "source"} {
		if err := os.RemoveAll(filepath.Join(tree, "lib/modules", release, link)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(tree, "boot"), 0o755); err != nil {
		return err
	}
	for from, to := range map[string]string{"arch/x86/boot/bzImage": "vmlinuz-", ".config": "config-"} {
		content, err := os.ReadFile(filepath.Join(c.objects, from))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(tree, "boot", to+release), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c compilation) make(ctx context.Context, args ...string) error {
	return c.run(ctx, "make", append([]string{"--silent", "--directory", c.source, "O=" + c.objects}, args...)...)
}

func (c compilation) run(ctx context.Context, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(command.Environ(), fixed...)
	command.Stdout, command.Stderr = c.log, c.log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return nil
}
