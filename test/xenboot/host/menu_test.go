package host

import "testing"

const config = `if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
fi
menuentry 'Debian GNU/Linux' --class gnu-linux $menuentry_id_option 'gnulinux-simple-1ab0' {
	if [ x$grub_platform = xxen ]; then insmod xzio; fi
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-1ab0' {
	menuentry 'Linux 6.1 (recovery mode)' --class gnu-linux $menuentry_id_option 'gnulinux-6.1-recovery-1ab0' {
	}
}
submenu 'Advanced options (with Xen hypervisor)' $menuentry_id_option 'gnulinux-advanced-1ab0' {
	submenu 'Xen hypervisor' $menuentry_id_option 'xen-hypervisor-4.17-1ab0' {
		menuentry 'Xen 4.17' --class xen $menuentry_id_option 'xen-gnulinux-6.1-advanced-1ab0' {
		}
		menuentry 'Xen 4.17 (recovery mode)' --class xen $menuentry_id_option 'xen-gnulinux-6.1-recovery-1ab0' {
		}
	}
}
`

func TestFind(t *testing.T) {
	tests := []struct {
		entry Entry
		want  string
	}{
		{Linux, "0"},
		{Recovery, "2>0>1"},
	}
	for _, test := range tests {
		t.Run(string(test.entry), func(t *testing.T) {
			if got, ok := find(config, test.entry); !ok || got != test.want {
				t.Errorf("%q, %v; want %q", got, ok, test.want)
			}
		})
	}
}
