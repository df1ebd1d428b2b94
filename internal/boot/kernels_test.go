package boot

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKernels makes the images of all kernels again, and reads back those that may
// boot next.
func TestKernels(t *testing.T) {
	t.Parallel()
	const other = "6.1.0-10-amd64"
	m, p := debianWithPrograms(t)
	for name, content := range map[string]string{"/lib/modules/" + other + "/modules.dep": "", "/lib/modules/5.10.0-1-amd64/modules.dep": "", "/boot/initrd.img-" + other: newc(debianImage())} {
		m.write(name, content)
	}
	m.mustSet(p.run, 2, Initramfs)
	want := []string{"update-initramfs -u -k " + release, "update-initramfs -u -k " + other} // the third has no image
	if diff := cmp.Diff(want, p.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// The default entry boots the other one, whose image has been replaced.
	m.write("/boot/grub/grub.cfg", strings.NewReplacer("/boot/initrd.img-"+release, "/initrd.img-"+other, "/boot/vmlinuz-"+release, "/vmlinuz-"+other).Replace(grubCfg("")))
	m.write("/boot/initrd.img-"+other, newc(debianImage()))
	h := m.look(p.run)
	_, wrong := h.Reports(t.Context(), cards(h), []Name{Initramfs})
	if len(wrong) == 0 || !strings.HasPrefix(wrong[0].Error(), "/boot/initrd.img-"+other+" ") {
		t.Errorf("%v", wrong)
	}
	p.calls = nil
	m.mustSet(p.run, 2, Initramfs)
	if diff := cmp.Diff(want, p.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKernelsOfOneImage has two directories of modules that belong to one image by its
// name. The image is made once, for the kernel whose modules are in it.
func TestKernelsOfOneImage(t *testing.T) {
	t.Parallel()
	const other = "6.1.0-10-amd64"
	alpineLike := func(of string) map[string]string {
		files := alpine()
		delete(files, "/boot/initramfs-"+release)
		files["/lib/modules/"+other+"/modules.dep"] = ""
		files["/boot/initramfs-amd64"] = newc(map[string]string{"sbin/nlplug-findfs": "", "lib/modules/" + of + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko": ""})
		return files
	}
	kept := fedora()
	kept["/lib/modules/"+release+".old/modules.dep"] = ""
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a folder that somebody kept", kept, "dracut --force /boot/initramfs-" + release + ".img " + release},
		{"one name for all, of the kernel that runs", alpineLike(release), "mkinitfs -o /boot/initramfs-amd64 " + release},
		{"one name for all, of the next one", alpineLike(other), "mkinitfs -o /boot/initramfs-amd64 " + other},
	} {
		t.Run(test.name, func(t *testing.T) {
			var commands []string
			for _, c := range newMachine(t, test.files).look(nil).rebuild() {
				commands = append(commands, strings.Join(c.Args, " "))
			}
			if diff := cmp.Diff([]string{test.want}, commands); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUnreadImage assumes a driver to be in an image that is damaged, since a service
// would come too late if it is.
func TestUnreadImage(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12(), map[string]string{"/boot/initrd.img-" + release: "\x28\xb5\x2f\xfd no archive"})
	h := m.look(nil)
	if choice := Choose(h, cards(h)); !slices.Equal(choice.Layers, []Name{Initramfs, Service}) {
		t.Errorf("%+v", choice)
	}
}

// TestImageIsReadOnce reports everything about an image that was removed after Look:
// unpacking it takes seconds on a slow machine.
func TestImageIsReadOnce(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	m.mustSet(p.run, 2, Names()...)
	h := m.look(p.run)
	m.remove(map[string]string{"/boot/initrd.img-" + release: ""})
	reports, wrong := h.Reports(t.Context(), cards(h), Names())
	if reports[0].Image != Yes || len(wrong) > 0 {
		t.Errorf("%+v, %v", reports[0], wrong)
	}
}
