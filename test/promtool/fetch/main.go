// Command fetch takes promtool out of the package prometheus, without installing the
// server that comes with it. Where it is not to be had, it says so, and the test that
// needs it is skipped.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/test/promtool"
	"github.com/xenpci/xenpci/test/xen/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := promtool.Find(promtool.File); err == nil {
		return
	}
	if err := fetch(ctx, promtool.File); err != nil {
		fmt.Fprintln(os.Stderr, "no promtool to test against:", err)
	}
}

// fetch unpacks the package in a folder of its own, and keeps the one file.
func fetch(ctx context.Context, file string) error {
	folder := filepath.Dir(file)
	tree, archives := filepath.Join(folder, "tree"), filepath.Join(folder, "archives")
	defer os.RemoveAll(tree)
	defer os.RemoveAll(archives)
	return errors.Join(
		os.RemoveAll(archives),
		packages.Source{}.Unpack(ctx, []string{"prometheus"}, archives, tree, os.Stderr),
		os.Rename(filepath.Join(tree, "usr/bin/promtool"), file))
}
