package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Unpack downloads the named packages into the folder archives and unpacks
// them into the folder tree. Nothing is installed, so it needs no root.
func (s Source) Unpack(ctx context.Context, names []string, archives, tree string, log io.Writer) error {
	for _, folder := range []string{archives, tree} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	// What root downloads for itself needs no sandbox user that cannot write
	// into this folder.
	download := []string{"download", "--quiet=2"}
	if os.Geteuid() == 0 {
		download = append(download, "-o", "APT::Sandbox::User=root")
	}
	if err := s.run(ctx, log, archives, "apt-get", append(download, names...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(archives, "*.deb"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no package was downloaded into %s", archives)
	}
	for _, file := range files {
		if err := s.run(ctx, log, "", "dpkg-deb", "--extract", file, tree); err != nil {
			return err
		}
	}
	return nil
}
