package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// ErrModule is that a file is no module for a 64-bit kernel.
var ErrModule = errors.New("it is no kernel module")

// maxModule bounds an unpacked module, in bytes. amdgpu.ko has 30 MB.
const maxModule = 128 << 20

// ReadModule reads the parameters of a module's file, compressed or not. The error is or wraps
// ErrModule, or is that of reading the file or of decompressing it.
func ReadModule(ctx context.Context, f sysfs.FS, name string) ([]kmod.Parameter, error) {
	data, unmap, err := f.Map(name, maxModule)
	if err != nil {
		return nil, err
	}
	defer unmap()
	if !bytes.HasPrefix(data, []byte("\x7fELF")) {
		const ratio = 4
		if data, err = unpackAll(ctx, data, uint64(len(data))*ratio, maxModule); errors.Is(err, ErrKernel) {
			err = ErrModule
		}
	}
	if err == nil && !bytes.HasPrefix(data, []byte("\x7fELF\x02\x01")) {
		err = ErrModule
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return kmod.ParseParameters(string(section(data, ".modinfo"))), nil
}
