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
	names, err := s.chosen(ctx, entries)
	if err != nil {
		return nil, err
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

// chosen returns the package that each entry stands for: of its alternatives the first that apt can
// download, and of a pattern's packages the newest. apt takes a second for each call, whatever it is
// asked, so it is asked about all entries at once.
func (s Source) chosen(ctx context.Context, entries []string) ([]string, error) {
	known, err := s.apt(ctx, "apt-cache", "pkgnames")
	if err != nil {
		return nil, err
	}
	matches := make([][]string, len(entries))
	for i, entry := range entries {
		matches[i] = matching(entry, strings.Fields(known))
	}
	policy, err := s.apt(ctx, "apt-cache", append([]string{"policy", "--"}, slices.Concat(matches...)...)...)
	if err != nil {
		return nil, err
	}
	available := parsePolicy(policy)
	names := make([]string, len(entries))
	for i, entry := range entries {
		at := slices.IndexFunc(matches[i], func(name string) bool { return available[name] })
		if at < 0 {
			return nil, fmt.Errorf("no package %s here: run apt-get update (as root), and on Ubuntu enable universe", entry)
		}
		names[i] = matches[i][at]
	}
	return names, nil
}

// matching returns the known names that an entry may stand for, the best first.
func matching(entry string, known []string) (names []string) {
	for choice := range strings.SplitSeq(entry, "|") {
		choice = strings.TrimSpace(choice)
		var matches []string
		for _, name := range known {
			if ok, _ := path.Match(choice, name); ok {
				matches = append(matches, name)
			}
		}
		slices.SortFunc(matches, func(a, b string) int { return byVersion(b, a) })
		names = append(names, matches...)
	}
	return names
}

// byVersion orders names so that 4.9 comes before 4.17.
func byVersion(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// parsePolicy returns the packages that apt can download, and does not only know of, from what
// apt-cache policy says.
func parsePolicy(answer string) map[string]bool {
	available, name := map[string]bool{}, ""
	for line := range strings.Lines(answer) {
		switch line = strings.TrimRight(line, "\n"); {
		case !strings.HasPrefix(line, " "):
			name = strings.TrimSuffix(line, ":")
		case strings.HasPrefix(line, "  Candidate: "):
			available[name] = line != "  Candidate: (none)"
		}
	}
	return available
}

// dependencies returns the followed packages that those named depend on.
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
