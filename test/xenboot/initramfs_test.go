//go:build xen

package xenboot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// addMessage adds a file to the initramfs that its scripts read, and that prints a line.
const addMessage = `set -e
mkdir -p /conf/conf.d
echo 'echo a file was added >/dev/kmsg' >/conf/conf.d/added
cd /boot
sha256sum initrd.img-*-amd64 >/root/before
xenpci initramfs add /conf/conf.d/added --image /boot/initrd.img-*-amd64`

// readMessage looks for the line, takes the file off, and compares the image with what it was.
const readMessage = `dmesg | grep -c 'a file was added'
cd /boot
xenpci initramfs remove >/dev/null
sha256sum -c /root/before | grep -c OK
xenpci initramfs verify >/dev/null
echo $?
xenpci host services | grep '^xen ' | grep -c running`

// TestInitramfsAdd boots an image to which a file was added: the kernel finds it, and taking it
// off gives the bytes back. It also asks which services run.
func TestInitramfsAdd(t *testing.T) {
	l := fresh(t, root.Debian, twins())
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: addMessage}))
	got := strings.Fields(l.run(t, host.Order{Script: readMessage}))
	if diff := cmp.Diff([]string{"1", "1", "0", "1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
