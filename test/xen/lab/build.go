package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/test/xen/setup"
)

// build makes everything that needs no machine to be booted.
func build(ctx context.Context, _ []string) error {
	_, err := setup.Prepare(ctx, os.Stderr)
	return err
}
