package image

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"

	"github.com/xenpci/xenpci/test/xen/cpio"
)

// chainModules are the modules that one machine has besides: what disks,
// volumes, networks and servers are made of.
var chainModules = []string{
	"ahci", "sd-mod", "virtio-scsi", "usb-storage", "uas", "bochs", "bochs-drm", "fbcon",
	"dm-crypt", "xts", "ecb", "aes-generic", "sha256-generic", "btrfs", "xor", "raid6-pq", "blake2b-generic", "xxhash-generic",
	"bcache", "crc64", "zram", "lzo", "lzo-rle", "overlay", "brd", "dm-multipath", "dm-service-time",
	"8021q", "macvlan", "team", "team-mode-activebackup", "team-mode-roundrobin", "openvswitch", "veth", "ipv6",
	"nvme-tcp", "nvmet", "nvmet-tcp", "nbd", "iscsi-tcp", "iscsi-target-mod", "target-core-mod", "target-core-iblock", "target-core-file",
	"nfs", "nfsv3", "nfsv4", "nfsd",
	"xen-blkback", "xen-netback",
}

// writeChains makes the archive of more packages, unpacked in a tree, and more
// modules. The lists in it are of all modules, and take the place of the
// image's.
func (h *host) writeChains(ctx context.Context, tree, target string) error {
	var out bytes.Buffer
	archive := cpio.NewWriter(&out)
	err := errors.Join(
		userspace(archive, tree),
		h.copyModules(ctx, archive, "usr/lib/modules/"+h.release, slices.Concat(dom0Modules, chainModules)),
		archive.Close())
	if err != nil {
		return err
	}
	return os.WriteFile(target, out.Bytes(), 0o644)
}
