package sysfs

import "strings"

// CommandLineFile is where the kernel shows the command line that it was started with.
const CommandLineFile = "/proc/cmdline"

// CommandLine returns the command line of the running kernel, without the newline.
func (f FS) CommandLine() (string, error) {
	const limit = 64 << 10
	text, err := f.Read(CommandLineFile, limit)
	return strings.TrimRight(string(text), "\n"), err
}
