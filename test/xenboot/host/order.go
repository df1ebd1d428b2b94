package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/xenpci/xenpci/test/xenboot/root"
)

// write makes the disk that tells GRUB and the agent what to do: the menus,
// the script, and the files, with the paths that they are to have.
func (o Order) write(ctx context.Context, target string, menus map[string]string) error {
	folder, err := os.MkdirTemp("", "orders")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	shutdown := map[bool]string{true: "yes", false: "no"}[o.Shutdown]
	err = errors.Join(
		os.Mkdir(filepath.Join(folder, "files"), 0o755),
		os.WriteFile(filepath.Join(folder, "order"), []byte("LAB_SHUTDOWN="+shutdown+"\n"), 0o644),
		os.WriteFile(filepath.Join(folder, "run"), []byte(o.Script), 0o755))
	for name, text := range menus {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	for inside, outside := range o.Files {
		err = errors.Join(err, copyInto(filepath.Join(folder, "files", inside), outside))
	}
	if err != nil {
		return err
	}
	// Room for the files and for what a script may mean by Files.
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	return call(ctx, "mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0", "-L", root.OrderLabel, "-d", folder, target, "128M")
}

// copyInto copies a file, its mode too, and makes the folders above the copy.
func copyInto(target, source string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, content, info.Mode().Perm()))
}

// copySparse copies a file with its holes.
func copySparse(source, target string) error {
	out, err := exec.Command("cp", "--sparse=always", "--reflink=auto", source, target).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copy of %s: %w: %s", source, err, out)
	}
	return nil
}

// call runs a program of this machine.
func call(ctx context.Context, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(command.Environ(), "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}
