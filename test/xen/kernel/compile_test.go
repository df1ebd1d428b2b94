package kernel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	got := missing("# Xen.\nCONFIG_XEN=y\nCONFIG_XENFS=m\nCONFIG_HID=m\n", "#\n# Linux\n#\nCONFIG_XEN=y\nCONFIG_XENFS=y\n# CONFIG_HID is not set\n")
	if diff := cmp.Diff([]string{"CONFIG_XENFS=m", "CONFIG_HID=m"}, got); diff != "" {
		t.Errorf("missing options (-want +got):\n%s", diff)
	}
}

// Another suite is another kernel.
func TestStamp(t *testing.T) {
	one, err := stampOf("bookworm")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := stampOf("trixie"); err != nil || other == one {
		t.Errorf("another suite leaves the kernel as it is: %s, %v", other, err)
	}
}
