package root

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// run runs a program of this machine, whose output goes to log and, when it
// fails, into the error.
func run(ctx context.Context, log io.Writer, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(command.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	var said bytes.Buffer
	command.Stdout, command.Stderr = io.MultiWriter(log, &said), io.MultiWriter(log, &said)
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, lastLines(said.String()))
	}
	return nil
}

// lastLines returns the end of what a program said.
func lastLines(text string) string {
	const shown = 20
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-shown):], "\n")
}

// output returns what a program prints.
func output(ctx context.Context, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(command.Environ(), "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(append([]string{program}, args...), " "), err)
	}
	return string(text), nil
}

// inside runs a program of the tree in it, with a /proc that only it sees.
func inside(ctx context.Context, tree string, log io.Writer, args ...string) error {
	const enter = `mount -t proc proc "$0/proc" || echo "goes on without /proc" >&2; exec chroot "$0" "$@"`
	err := run(ctx, log, "unshare", append([]string{"--mount", "sh", "-c", enter, tree}, args...)...)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
