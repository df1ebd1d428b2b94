package image

import (
	"bytes"
	"context"
	"errors"
	"os"

	"github.com/xenpci/xenpci/test/xen/cpio"
)

// guest returns the initramfs of a guest that asks for an address over the
// card that it was given: busybox and modules, no package else.
func (h *host) guest(ctx context.Context) ([]byte, error) {
	busybox, err := os.ReadFile(h.busybox)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := cpio.NewWriter(&out)
	err = archive.File("bin/busybox", 0o755, busybox)
	for _, applet := range h.applets {
		if archive.Has("bin/" + applet) {
			continue
		}
		err = errors.Join(err, archive.Link("bin/"+applet, "busybox"))
	}
	err = errors.Join(err,
		h.copyModules(ctx, archive, "lib/modules/"+h.release, guestModules),
		embedded(archive, "guest", "init"),
		embedded(archive, "dhcp", "etc/udhcpc/default.script"),
		archive.Close())
	return out.Bytes(), err
}
