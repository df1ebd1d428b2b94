package image

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxUnpacked bounds what a compressed image may become, in bytes.
const maxUnpacked = 64 << 20

// ReadFile reads the options of xen.gz, xen.efi or xen-syms. The error is ErrFormat, or that
// of reading the file.
func ReadFile(f sysfs.FS, name string) (Table, error) {
	data, unmap, err := f.Map(name, maxImage)
	if err != nil {
		return Table{}, err
	}
	defer unmap()
	if bytes.HasPrefix(data, packedMark) {
		if data, err = unpack(data); err != nil {
			return Table{}, fmt.Errorf("%s: %w: %w", name, ErrCut, err)
		}
	}
	t, err := Read(data)
	if err != nil {
		return Table{}, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func unpack(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err == nil && len(content) > maxUnpacked {
		err = fmt.Errorf("unpacked it has more than %d MiB", maxUnpacked>>20)
	}
	return content, err
}
