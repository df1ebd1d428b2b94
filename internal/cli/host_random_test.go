package cli

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
)

// randomMachine is a machine of which the boot is changed and taken back in any order.
type randomMachine struct {
	name  string
	files map[string]string
	words []string // with the line that they are for
	trial bool     // it can try something
}

func randomMachines(t *testing.T) []randomMachine {
	t.Helper()
	const inittab = "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n"
	words := []string{"xen smt=off", "xen dom0_mem=2G,max:2G", "xen console=com2", "xen com1=9600,8n1", "dom0 loglevel=6", "dom0 console=hvc0", "dom0 console=ttyS1", "dom0 nomodeset"}
	const menu = "default 0\ntitle Xen\n\tkernel /boot/xen.gz  dom0_mem=1G,max:1G\n\tmodule /boot/vmlinuz-6 root=/dev/sda1 ro quiet\n" +
		"title Other\n\tkernel /boot/xen.gz no-smt console=vga\n\tmodule /boot/vmlinuz-6 root=/dev/sda1 ro console=tty0\n"
	debian := maps.Clone(hostWalks()[1].files)
	debian["etc/inittab"], debian["etc/securetty"] = inittab, "tty1\n"
	return []randomMachine{
		{"GRUB legacy", map[string]string{"boot/grub/menu.lst": menu, "etc/inittab": inittab, "etc/securetty": "tty1\n"}, words, false},
		{"GRUB 2", debian, words, false},
		{"xen.efi", map[string]string{"boot/efi/EFI/xen/xen-4.17.efi": "x", "boot/efi/EFI/xen/xen.cfg": "[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=1G console=vga\nkernel=vmlinuz root=/dev/sda1 ro\nramdisk=initrd.img\n"}, words, false},
		{"SYSLINUX", map[string]string{"boot/extlinux.conf": "DEFAULT xen\nLABEL xen\n  KERNEL mboot.c32\n  APPEND xen.gz dom0_mem=1G --- vmlinuz root=/dev/sda3 ro --- initrd\n"}, words, false},
		{"trials", trialFiles(t), []string{"xen smt=off"}, true},
	}
}

// acts returns what can be done on the machine, each as arguments of a call, or "restart".
func (m randomMachine) acts() []string {
	acts := []string{"host console --write --port com1 --baud 115200", "host console --remove", "boot enable --layer kernel-argument", "boot enable", "boot disable"}
	for _, device := range []string{"00:09.0", "00:0a.0"} {
		acts = append(acts, "hide --boot "+device, "unhide --boot "+device)
	}
	for _, word := range m.words {
		acts = append(acts, "host set "+word, "host set --add --force "+word, "host set --replace --force --recovery "+word, "host unset "+word)
	}
	if m.trial {
		acts = append(acts, "restart", "restart", "host try xen smt=off", "hide --boot --try 00:09.0", "host confirm", "host confirm", "host undo")
	}
	return acts
}

// back returns what takes every act back.
func (m randomMachine) back() []string {
	calls := []string{"host undo", "host console --remove", "unhide --boot 00:09.0", "unhide --boot 00:0a.0", "boot disable"}
	for _, word := range m.words {
		calls = append(calls, "host unset "+word, "host unset --recovery "+word)
	}
	return calls
}

// TestHostRandom does and takes back what changes the host's boot in random orders. When all of it is taken
// back, every file is what it was. What fails is repeated by its seed.
func TestHostRandom(t *testing.T) {
	t.Parallel()
	for _, m := range randomMachines(t) {
		for seed := range uint64(2) {
			t.Run(fmt.Sprint(m.name, " ", seed), func(t *testing.T) {
				t.Parallel()
				root := fakekernel.Unpack(t, "qemu").Root
				writeFiles(t, root, m.files)
				before := trialFilesOf(t, root)
				random, acts := rand.New(rand.NewPCG(seed, 1)), m.acts()
				var log strings.Builder
				do := func(args string) {
					if args == "restart" {
						restart(t, root, fmt.Sprint(random.Uint64()))
						return
					}
					status, said := called(t, root, args)
					fmt.Fprintf(&log, "%s: %d\n%s", args, status, said)
					if status > 3 || strings.Contains(said, "not everything could be taken back") {
						t.Errorf("%s: status %d: %s", args, status, said)
					}
				}
				for range 30 {
					do(acts[random.IntN(len(acts))])
				}
				for _, args := range m.back() {
					do(args)
				}
				if diff := cmp.Diff(before, trialFilesOf(t, root)); diff != "" {
					t.Errorf("(-want +got):\n%s\n%s", diff, log.String())
				}
			})
		}
	}
}
