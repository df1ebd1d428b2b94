package packages

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// followed are the beginnings of the names of dependencies that are taken
// along: libraries, and the versioned packages behind a metapackage of a kernel or its headers.
// Python, init systems and maintainers' tools are not wanted in the image.
var followed = []string{"lib", "zlib1g", "linux-image-", "linux-modules-", "linux-binary-", "linux-base-", "linux-headers-", "linux-kbuild-"}

// mostPackages bounds the walk along the dependencies.
const mostPackages = 200

// Resolve turns the entries of a list into names of real packages, and adds
// the libraries that they need when follow is set.
func (s Source) Resolve(ctx context.Context, entries []string, follow bool) ([]string, error) {
	var names []string
	for _, entry := range entries {
		name, err := s.resolve(ctx, entry)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if !follow {
		return names, nil
	}
	for asked := 0; asked < len(names); {
		if len(names) > mostPackages {
			return nil, fmt.Errorf("%s needs more than %d packages", entries[0], mostPackages)
		}
		needed, err := s.dependencies(ctx, names[asked:])
		if err != nil {
			return nil, err
		}
		asked = len(names)
		for _, name := range needed {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// resolve returns the package that one entry stands for.
func (s Source) resolve(ctx context.Context, entry string) (string, error) {
	for choice := range strings.SplitSeq(entry, "|") {
		choice = strings.TrimSpace(choice)
		prefix, _, _ := strings.Cut(choice, "[")
		prefix, _, _ = strings.Cut(prefix, "*")
		known, err := s.apt(ctx, "apt-cache", "pkgnames", prefix)
		if err != nil {
			return "", err
		}
		var matches []string
		for name := range strings.FieldsSeq(known) {
			if ok, _ := path.Match(choice, name); ok {
				matches = append(matches, name)
			}
		}
		slices.SortFunc(matches, byVersion)
		for _, name := range slices.Backward(matches) {
			if s.available(ctx, name) {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("no package %s here: run apt-get update (as root), and on Ubuntu enable universe", entry)
}

// byVersion orders names so that 4.9 comes before 4.17.
func byVersion(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// available reports whether apt can download that package, not only knows of it.
func (s Source) available(ctx context.Context, name string) bool {
	policy, err := s.apt(ctx, "apt-cache", "policy", name)
	return err == nil && strings.Contains(policy, "Candidate:") && !strings.Contains(policy, "Candidate: (none)")
}

// dependencies returns the followed packages that those named depend on. apt
// takes half a second for each call, whatever it is asked.
func (s Source) dependencies(ctx context.Context, names []string) ([]string, error) {
	answer, err := s.apt(ctx, "apt-cache", append([]string{"depends", "--important", "--no-recommends"}, names...)...)
	if err != nil {
		return nil, err
	}
	return parseDepends(answer), nil
}

// parseDepends reads what apt-cache depends says; of alternatives it takes the
// first.
func parseDepends(answer string) []string {
	var needed []string
	alternative := false
	for line := range strings.Lines(answer) {
		kind, dependency, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		wanted := !alternative && strings.HasSuffix(kind, "Depends")
		alternative = strings.HasPrefix(kind, "|")
		if wanted && slices.ContainsFunc(followed, func(f string) bool { return strings.HasPrefix(dependency, f) }) {
			needed = append(needed, dependency)
		}
	}
	return needed
}

func (s Source) apt(ctx context.Context, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = s.environment(command)
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return string(out), nil
}
