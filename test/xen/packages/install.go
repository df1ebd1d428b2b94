package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Install installs the packages that are missing on this machine. That takes
// root; when nothing is missing, anybody may call it.
func Install(ctx context.Context, entries []string, log io.Writer) error {
	var missing []string
	for _, entry := range entries {
		if !installed(ctx, entry) {
			missing = append(missing, entry)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("not installed: %s; run: sudo apt-get install --no-install-recommends %[1]s", strings.Join(missing, " "))
	}
	own := Source{}
	if err := own.Update(ctx, log); err != nil {
		return err
	}
	return own.aptGet(ctx, log, append([]string{"install", "--yes", "--no-install-recommends"}, missing...)...)
}

// Update refreshes apt's lists of packages where this process may do so.
func (s Source) Update(ctx context.Context, log io.Writer) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return s.aptGet(ctx, log, "update", "--quiet=2")
}

func installed(ctx context.Context, name string) bool {
	status, err := Source{}.apt(ctx, "dpkg-query", "--show", "--showformat=${db:Status-Status}", name)
	return err == nil && status == "installed"
}

// run runs a program whose output goes to log, in the folder directory.
func (s Source) run(ctx context.Context, log io.Writer, directory, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(s.environment(command), "DEBIAN_FRONTEND=noninteractive")
	command.Dir, command.Stdout, command.Stderr = directory, log, log
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return nil
}
