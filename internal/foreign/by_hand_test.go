package foreign

import "testing"

// xenServer is a grub.cfg as XenServer's installer writes it, without most of its words.
func xenServer(arguments string) string {
	entry := func(title, more string) string {
		return "menuentry '" + title + "' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-4.19-xen ro" + more + "\n}\n"
	}
	return entry("XCP-ng", arguments) + entry("XCP-ng (Serial)", arguments) + entry("XCP-ng in Safe Mode", "")
}

func TestByHand(t *testing.T) {
	const efi = "/boot/efi/EFI/xenserver/grub.cfg"
	for _, test := range []source{
		{
			name:  "a list that xen-cmdline wrote",
			files: tree{efi: xenServer(" xen-pciback.hide=(0000:00:09.0)"), runningFile: "xen-pciback.hide=(0000:00:09.0)\n"},
			want:  []shown{{runningFile, "00:09.0", nil}, {efi + ":3", "00:09.0", nil}},
		},
		{
			name:  "it is not running yet",
			files: tree{"/boot/grub/grub.cfg": xenServer(" xen-pciback.hide=(00:09.0)"), runningFile: "xen-pciback.hide=(0000:00:0a.0)\n"},
			want:  []shown{{runningFile, "00:0a.0", []string{"no boot loader entry ... next boot"}}, {"/boot/grub/grub.cfg:3", "00:09.0", nil}},
		},
		{
			name: "xenpci has edited it",
			files: tree{
				efi: xenServer(" xen-pciback.hide=(0000:00:0a.0)"), "/var/lib/xenpci/backup" + efi: xenServer(" xen-pciback.hide=(00:09.0)"),
				"/var/lib/xenpci/notes": "file " + efi + " edited by hiding\n", runningFile: "xen-pciback.hide=(0000:00:0a.0)\n",
			},
			want: []shown{{efi + ":3", "00:09.0", []string{"no effect ... xenpci"}}},
		},
		{
			name: "xenpci wrote it, and nobody else",
			files: tree{
				efi: xenServer(" xen-pciback.hide=(0000:00:0a.0)"), "/var/lib/xenpci/backup" + efi: xenServer(""),
				"/var/lib/xenpci/notes": "file " + efi + " edited by hiding\n", runningFile: "xen-pciback.hide=(0000:00:0a.0)\n",
			},
		},
	} {
		test.run(t)
	}
}
