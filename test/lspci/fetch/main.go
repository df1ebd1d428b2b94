// Command fetch unpacks a lspci of today and its libraries into a folder, on a
// Debian whose own is older. The machine stays as it is: apt works with a
// configuration, lists and a cache of their own, on the mirror that the machine
// has. Where that is not to be had, it says so, and the tests have one lspci
// less to compare with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/test/lspci"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := filepath.Abs(lspci.Folder)
	if err == nil && !present(folder) {
		err = fetch(ctx, folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no newer lspci to compare with:", err)
	}
}

// present reports whether there is a lspci that prints what it does today.
func present(folder string) bool {
	installed, err := lspci.Installed()
	if err == nil && installed.Recent() {
		return true
	}
	_, err = lspci.Unpacked(folder)
	return err == nil
}

// fetch tries the machine's mirrors in turn.
func fetch(ctx context.Context, folder string) error {
	if _, err := os.Stat(keyring); err != nil {
		return err
	}
	mirrors, err := mirrors(ctx)
	if err != nil {
		return err
	}
	apt, err := os.MkdirTemp("", "lspci-apt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(apt)
	errs := []error{errors.New("no mirror of this machine has " + suite)}
	for _, mirror := range mirrors {
		if err = unpack(ctx, mirror, apt, folder); err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// mirrors are the addresses that the machine's own apt would update from.
func mirrors(ctx context.Context) ([]string, error) {
	answer, err := exec.CommandContext(ctx, "apt-get", "update", "--print-uris").Output()
	if err != nil {
		return nil, fmt.Errorf("apt-get update --print-uris: %w", err)
	}
	return parseMirrors(string(answer)), nil
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

// unpack takes lspci and what it needs from one mirror.
func unpack(ctx context.Context, mirror, apt, folder string) error {
	if err := configure(mirror, apt); err != nil {
		return err
	}
	update := exec.CommandContext(ctx, "apt-get", "update", "--quiet=2", "-o", "APT::Update::Error-Mode=any")
	if out, err := update.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get update: %w: %s", err, out)
	}
	names, err := packages.Resolve(ctx, []string{"pciutils"}, true)
	if err != nil {
		return err
	}
	// Half a tree is none.
	tree := filepath.Join(apt, "tree")
	if err := packages.Unpack(ctx, names, filepath.Join(apt, "debs"), tree, os.Stderr); err != nil {
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
	_, err = lspci.Unpacked(folder)
	return err
}
