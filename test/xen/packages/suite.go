package packages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// Source is where packages come from: of its zero value, where this machine's own
// apt takes them from.
type Source struct{ configuration, mirror string }

// Mirror returns the address of a suite's mirror; it is empty for this machine's own packages.
func (s Source) Mirror() string { return s.mirror }

// environment returns the environment for a command that works with the source.
func (s Source) environment(command *exec.Cmd) []string {
	env := append(command.Environ(), "LC_ALL=C")
	if s.configuration != "" {
		env = append(env, "APT_CONFIG="+s.configuration)
	}
	return env
}

// ErrNoSuite means that this machine cannot get packages of a suite: it has no keys of
// Debian, or none of its mirrors has the suite.
var ErrNoSuite = errors.New("no mirror of this machine has the suite")

// Suite returns a suite of Debian on one of the mirrors that the machine has. The machine
// stays as it is: apt works with a configuration, lists and a cache of their own in the
// folder scratch. The error wraps ErrNoSuite if there is no such mirror.
func Suite(ctx context.Context, suite, scratch string, log io.Writer) (Source, error) {
	if _, err := os.Stat(keyring); err != nil {
		return Source{}, fmt.Errorf("%s: %w: %w", suite, ErrNoSuite, err)
	}
	mirrors, err := mirrors(ctx)
	if err != nil {
		return Source{}, err
	}
	errs := []error{fmt.Errorf("%s: %w", suite, ErrNoSuite)}
	for _, mirror := range mirrors {
		s, err := configure(mirror, suite, scratch)
		if err == nil {
			err = s.aptGet(ctx, log, "update", "--quiet=2", "-o", "APT::Update::Error-Mode=any")
		}
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return Source{}, errors.Join(errs...)
}

// UnpackSuite unpacks packages of another suite of Debian, and the libraries that
// they need, into folder. check looks at the unpacked folder.
func UnpackSuite(ctx context.Context, suite string, names []string, folder string, check func(folder string) error, log io.Writer) error {
	scratch, err := os.MkdirTemp("", suite+"-apt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	s, err := Suite(ctx, suite, scratch, log)
	if err != nil {
		return err
	}
	all, err := s.Resolve(ctx, names, true)
	if err != nil {
		return err
	}
	// Half a tree is none.
	tree := filepath.Join(scratch, "tree")
	if err := s.Unpack(ctx, all, filepath.Join(scratch, "debs"), tree, log); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "cp", "--archive", tree, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w: %s", err, out)
	}
	return check(folder)
}

// mirrors are the addresses that the machine's own apt would update from.
func mirrors(ctx context.Context) ([]string, error) {
	answer, err := Source{}.apt(ctx, "apt-get", "update", "--print-uris")
	if err != nil {
		return nil, err
	}
	return parseMirrors(answer), nil
}

// parseMirrors reads lines such as
// "'http://mirror/debian/dists/bookworm/InRelease' NAME 0".
func parseMirrors(answer string) (found []string) {
	for line := range strings.Lines(answer) {
		uri, quoted := strings.CutPrefix(line, "'")
		mirror, _, archive := strings.Cut(uri, "/dists/")
		if quoted && archive && !slices.Contains(found, mirror) {
			found = append(found, mirror)
		}
	}
	return found
}

// configure returns one suite of one mirror, with which apt works in the folder scratch
// alone, and nothing is installed. What the machine has set up for downloads, such as a
// proxy, stays.
func configure(mirror, suite, scratch string) (Source, error) {
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(scratch, dir), 0o755); err != nil {
			return Source{}, err
		}
	}
	s := Source{configuration: filepath.Join(scratch, "apt.conf"), mirror: mirror}
	for name, content := range map[string]string{
		filepath.Join(scratch, "status"):       "",
		filepath.Join(scratch, "sources.list"): fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite),
		s.configuration:                        fmt.Sprintf(configuration, scratch),
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return Source{}, err
		}
	}
	return s, nil
}

// configuration is of apt. A mirror's copy of a suite may be older than its Release file
// allows; who signed it is still checked.
const configuration = `
Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Etc::sourcelist "%[1]s/sources.list";
Dir::Etc::sourceparts "%[1]s/parts";
Dir::Etc::preferences "%[1]s/preferences";
Dir::Etc::preferencesparts "%[1]s/parts";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::PDiffs "false";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "root";
`
