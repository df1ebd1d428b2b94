package mask_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/mask"
)

// TestSettings wants the secrets of configuration files gone, and all else as it
// was.
func TestSettings(t *testing.T) {
	for _, test := range []struct {
		name, text string
		gone       []string
	}{
		{"GRUB 2's password", "\tpassword root hunter2\n", []string{"root", "hunter2"}},
		{"its hash", "password_pbkdf2 admin grub.pbkdf2.sha512.10000.9FA1B2.C3D4E5\n", []string{"admin", "9FA1B2", "C3D4E5"}},
		{"menu.lst's", "password --md5 $1$gLhU0/$aW78kHK1QfV3P2b2znUoe/\n", []string{"gLhU0", "aW78kHK1QfV3P2b2znUoe"}},
		{"a real value in a comment", "# password --md5 $1$gLhU0/$aW78kHK1QfV3P2b2znUoe/\n", []string{"gLhU0"}},
		{"SYSLINUX's", "MENU MASTER PASSWD $4$PJXCZdGO$9REQvhSZkPzBPAHu8Vzz7/1e3WI$\n", []string{"PJXCZdGO", "9REQvhSZkPzBPAHu8Vzz7"}},
		{"of one of its labels", "  menu passwd topsecret1\n", []string{"topsecret1"}},
		{"update-extlinux's", "password='topsecret1'\n", []string{"topsecret1"}},
		{"of one stanza", "title Xen\n\tpassword --encrypted topsecret1\n\tlock\n", []string{"topsecret1"}},
		{"without a blank", "password=hunter2\n", []string{"hunter2"}},
		{"of a shell", "GRUB_PASSWORD='two words 17'\nGRUB_DEFAULT=0\n", []string{"two", "words", "17"}},
		{"of the kernel", "GRUB_CMDLINE_LINUX=\"quiet rd.luks.key=ab12cd cifs_pass=hunter2 ro\"\n", []string{"ab12cd", "hunter2"}},
		{"root", "GRUB_CMDLINE_LINUX='root=UUID=7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1'", []string{"7c1a27cd"}},
		{"search", "\tsearch --no-floppy --fs-uuid --set=root A1B2-C3D4\n", []string{"A1B2", "C3D4"}},
		{"search by a long one", "search --no-floppy --fs-uuid --set=root 7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1", []string{"90c6"}},
		{"an iSCSI name", "options x initiator=iqn.2014-08.org.example:host9 y=1\n", []string{"host9"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := mask.New(key).Settings(test.text, "")
			if len(got) != len(test.text) || strings.Count(got, "\n") != strings.Count(test.text, "\n") {
				t.Errorf("%q, of another form than %q", got, test.text)
			}
			for _, gone := range test.gone {
				if strings.Contains(got, gone) {
					t.Errorf("%q is still in %q", gone, got)
				}
			}
		})
	}
}

// TestSettingsKeeps is for what says how a machine boots.
func TestSettingsKeeps(t *testing.T) {
	const text = `GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="quiet xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) pcie_aspm=off"
menuentry 'Debian GNU/Linux, with Xen 4.17-amd64' --class debian $menuentry_id_option 'xen-gnulinux-simple' {
	insmod part_gpt
	set root='hd0,gpt2'
	multiboot2	/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G ${xen_rm_opts}
	module2	/boot/vmlinuz-6.1.0.32.1-amd64 placeholder root=/dev/mapper/vg0-root ro
}
# password is asked for by nobody` + "\n" + `softdep e1000 pre: xen-pciback
options xen-pciback hide=(00:09.0)
Documentation=https://example.org/xenpci
install 8139cp /sbin/modprobe xen-pciback ; /sbin/modprobe --ignore-install 8139cp
`
	got := mask.New(key).Settings(text, "debian")
	lines, wanted := strings.Split(got, "\n"), strings.Split(text, "\n")
	for i := range wanted {
		if strings.Contains(wanted[i], "password") {
			wanted[i] = lines[i] // a line about passwords is masked too
		}
	}
	if diff := cmp.Diff(wanted, lines); diff != "" {
		t.Error(diff)
	}
}
