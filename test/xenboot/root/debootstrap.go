package root

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/test/xen/packages"
)

// ErrNotHere says that this machine cannot make disks.
var ErrNotHere = errors.New("disks cannot be made here")

// mirror is where Debian comes from, and which release.
type mirror struct {
	address, release string
}

// ownMirror asks this machine's apt where it gets Debian from.
func ownMirror(ctx context.Context) (mirror, error) {
	targets, err := output(ctx, "apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)",
		"Created-By: Packages", "Component: main")
	if err != nil {
		return mirror{}, err
	}
	for line := range strings.Lines(targets) {
		// Updates and security are other releases of the same origin.
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "Debian" && !strings.Contains(fields[1], "-") {
			return mirror{fields[2], fields[1]}, nil
		}
	}
	return mirror{}, fmt.Errorf("%w: this machine's apt knows of no Debian", ErrNotHere)
}

// release returns the suite that a variant's disk has.
func (v Variant) release(ctx context.Context) (string, error) {
	if v.Suite != "" {
		return v.Suite, nil
	}
	own, err := ownMirror(ctx)
	return own.release, err
}

// source returns where the packages of a variant's disk come from. apt works below the folder scratch.
func (v Variant) source(ctx context.Context, scratch string, log io.Writer) (packages.Source, mirror, error) {
	if v.Suite != "" {
		other, err := packages.Suite(ctx, v.Suite, scratch, log)
		return other, mirror{other.Mirror(), v.Suite}, err
	}
	var own packages.Source
	if err := own.Update(ctx, log); err != nil {
		return own, mirror{}, err
	}
	from, err := ownMirror(ctx)
	return own, from, err
}

// wanted returns what debootstrap is to install.
func wanted(list packages.List) []string { return append(slices.Clone(list.Guest), defaultPackages...) }

// archiveOf returns the name of the file that a fresh root of a release is kept in.
func archiveOf(release string, list packages.List) string {
	return "debootstrap-" + keyOf(release, strings.Join(wanted(list), " ")) + ".tar"
}

// bootstrap makes the archive of a fresh root unless it is there.
func bootstrap(ctx context.Context, v Variant, archive string, list packages.List, log io.Writer) error {
	if _, err := os.Stat(archive); err == nil {
		return nil
	}
	work, err := os.MkdirTemp("", "debootstrap")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source, from, err := v.source(ctx, filepath.Join(work, "apt"), log)
	if err != nil {
		return err
	}
	names, err := source.Resolve(ctx, wanted(list), false)
	if err != nil {
		return err
	}
	tree := filepath.Join(work, "tree")
	if err := run(ctx, log, "debootstrap", "--variant=minbase", "--include="+strings.Join(names, ","),
		from.release, tree, from.address); err != nil {
		return err
	}
	if err := run(ctx, log, "tar", "--numeric-owner", "--create", "--file", archive+".new", "--directory", tree, "."); err != nil {
		return err
	}
	return os.Rename(archive+".new", archive)
}
