package passthrough

import (
	"context"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
)

// ImageList is what an initramfs image gets of the declared list.
type ImageList struct {
	Files []string `json:"files"` // without the root
}

// ImageList returns the files of the declared list for an initramfs image that is being made.
// The error is a refusal where the list has a device that dom0 needs, or a part of a USB
// controller, that the image of the running kernel does not have: somebody edited the list, and
// then something else, such as a new kernel, has the image made again. Within a command that
// writes the layers there is no refusal, since that command has judged the list.
func (v *View) ImageList(ctx context.Context) (ImageList, error) {
	l := ImageList{Files: append([]string{}, config.Files(v.fs)...)}
	if v.engine(reporter{}).BootBusy(ctx) {
		return l, nil
	}
	b, err := v.bootingNow(ctx, nil)
	if err != nil {
		return l, wrapped(err)
	}
	if why := v.newlyLost(b, []boot.Name{boot.Initramfs}, reporter{}); why != nil {
		return l, why
	}
	return l, nil
}
