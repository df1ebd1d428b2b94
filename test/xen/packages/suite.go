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

// UnpackSuite unpacks packages of another suite of Debian, and the libraries that
// they need, into folder. The machine stays as it is: apt works with a
// configuration, lists and a cache of their own, on the mirrors that the machine
// has. check looks at the unpacked folder. From this call on, every apt that this
// process starts works with that suite.
func UnpackSuite(ctx context.Context, suite string, names []string, folder string, check func(folder string) error, log io.Writer) error {
	if _, err := os.Stat(keyring); err != nil {
		return err
	}
	mirrors, err := mirrors(ctx)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", suite+"-apt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	errs := []error{errors.New("no mirror of this machine has " + suite)}
	for _, mirror := range mirrors {
		if err = unpackFrom(ctx, mirror, suite, names, scratch, folder, log); err == nil {
			return check(folder)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// mirrors are the addresses that the machine's own apt would update from.
func mirrors(ctx context.Context) ([]string, error) {
	answer, err := apt(ctx, "apt-get", "update", "--print-uris")
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

// unpackFrom takes the packages, and what they need, from one mirror.
func unpackFrom(ctx context.Context, mirror, suite string, names []string, scratch, folder string, log io.Writer) error {
	if err := configure(mirror, suite, scratch); err != nil {
		return err
	}
	if err := aptGet(ctx, log, "update", "--quiet=2", "-o", "APT::Update::Error-Mode=any"); err != nil {
		return err
	}
	all, err := Resolve(ctx, names, true)
	if err != nil {
		return err
	}
	// Half a tree is none.
	tree := filepath.Join(scratch, "tree")
	if err := Unpack(ctx, all, filepath.Join(scratch, "debs"), tree, log); err != nil {
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
	return nil
}

// configure makes every apt that this process starts from now on work with the
// folder scratch alone: one suite of one mirror, and nothing is installed. What the
// machine has set up for downloads, such as a proxy, stays.
func configure(mirror, suite, scratch string) error {
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(scratch, dir), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite),
		"apt.conf":     fmt.Sprintf(configuration, scratch),
	} {
		if err := os.WriteFile(filepath.Join(scratch, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return os.Setenv("APT_CONFIG", filepath.Join(scratch, "apt.conf"))
}

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
APT::Sandbox::User "root";
`
