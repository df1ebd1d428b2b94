package kmod

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestLoadOrder(t *testing.T) {
	const deps = "kernel/drivers/xen/xen-privcmd.ko.xz: kernel/b.ko kernel/a.ko\nkernel/a.ko:\nkernel/b.ko: kernel/a.ko\n/lib/modules/1/updates/c.ko:\n"
	root := t.TempDir()
	put(t, root+"/lib/modules/1/modules.dep", deps)
	k, err := New(sysfs.New(root), "1")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"xen_privcmd": {"kernel/a.ko", "kernel/b.ko", "kernel/drivers/xen/xen-privcmd.ko.xz"},
		"a":           {"kernel/a.ko"},
	} {
		got, err := k.LoadOrder(name)
		for i := range want {
			want[i] = k.dir + "/" + want[i]
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if got, err := k.LoadOrder("c"); err != nil || got[0] != "/lib/modules/1/updates/c.ko" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := k.LoadOrder("d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}
