package image

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xen/packages"
)

func TestParseNeeds(t *testing.T) {
	got := parseNeeds("kernel/net/8139cp.ko.xz: kernel/net/mii.ko.xz\nkernel/block/virtio_blk.ko:\nno module\n")
	want := map[string][]string{
		"8139cp":     {"kernel/net/8139cp.ko.xz", "kernel/net/mii.ko.xz"},
		"virtio-blk": {"kernel/block/virtio_blk.ko"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
}

func TestPlace(t *testing.T) {
	for name, want := range map[string]string{
		"sbin/modprobe": "usr/sbin/modprobe", "lib": "usr/lib", "usr/bin/xl": "usr/bin/xl", "etc/xen": "etc/xen", "library": "library",
	} {
		if got := place(name); got != want {
			t.Errorf("place(%q) = %q, want %q", name, got, want)
		}
	}
}

// Another list of packages is another image, and so is another release; this machine's
// packages are not.
func TestStamp(t *testing.T) {
	stamp := func(release Release, list packages.List) string {
		t.Helper()
		text, err := stampOf(release, list)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one := packages.List{Host: []string{"qemu"}, Guest: []string{"xen"}}
	if stamp(Release{}, one) != stamp(Release{}, packages.List{Guest: []string{"xen"}}) {
		t.Error("a package of this machine changes the image")
	}
	for _, other := range []packages.List{
		{Guest: []string{"xen", "kmod"}},
		{Guest: []string{"xen"}, Chains: []string{"kmod"}},
		{Guest: []string{"xen"}, Kernel: []string{"linux"}},
	} {
		if stamp(Release{}, one) == stamp(Release{}, other) {
			t.Errorf("another package leaves the image as it is: %v", other)
		}
	}
	if stamp(Release{}, one) == stamp(Release{Suite: "trixie"}, one) {
		t.Error("another release leaves the image as it is")
	}
}
