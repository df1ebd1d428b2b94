package main

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/test/xen/image"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// build makes everything that needs no machine to be booted, for the releases that are named
// too: "trixie", "trixie+sid".
func build(ctx context.Context, releases []string) error {
	s, err := setup.Prepare(ctx, os.Stderr)
	if err != nil {
		return err
	}
	for _, name := range releases {
		if _, err := s.Of(ctx, image.ParseRelease(name), setup.Parts{}, os.Stderr); err != nil {
			return err
		}
	}
	return nil
}
