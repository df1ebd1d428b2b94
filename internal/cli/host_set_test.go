package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestHostSetDom0 refuses a word that no module of this kernel takes, and warns of one that is
// nearly a word of the kernel. Such words that are there already do not matter.
func TestHostSetDom0(t *testing.T) {
	t.Parallel()
	root := dom0Host(t, "root=/dev/sda1 ro xen-pciback.hid=(00:09.0)")
	for _, test := range []struct {
		args    []string
		status  int
		out, er string
	}{
		{
			[]string{"set", "dom0", "xen-pciback.permissiv=1"}, StatusRefused, "",
			"xenpci: xen-pciback.permissiv=1: xen-pciback has no such parameter in this kernel; did you mean xen_pciback.permissive?\n" +
				"xenpci: nothing was changed, because of what the check finds in the new words; --force sets them anyway\n",
		},
		{
			[]string{"set", "dom0", "--dry-run", "consle=hvc0"}, StatusDone,
			"dom0: + consle=hvc0\nwould change /boot/grub/menu.lst (1 line added, 1 line removed)\n--diff shows the lines\n",
			"xenpci: consle=hvc0: this kernel does not take it, and nothing is known that does; did you mean console?\n",
		},
		{
			[]string{"set", "dom0", "xen-pciback.permissive=1", "printk.time=1"}, StatusDone,
			"dom0: + xen-pciback.permissive=1\ndom0: + printk.time=1\nwrites /boot/grub/menu.lst\n", "",
		},
		{
			[]string{"unset", "dom0", "xen_pciback.permissive", "printk.time"}, StatusDone,
			"dom0: - xen-pciback.permissive=1\ndom0: - printk.time=1\nwrites /boot/grub/menu.lst\n", "",
		},
	} {
		var out, er bytes.Buffer
		status := Main(t.Context(), append([]string{"host"}, test.args...), Env{Out: &out, Err: &er, DefaultRoot: root, Root: true})
		if status != test.status {
			t.Errorf("%v: status %d, want %d", test.args, status, test.status)
		}
		if diff := cmp.Diff([]string{test.out, test.er}, []string{out.String(), er.String()}); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.args, diff)
		}
	}
	if left, err := os.ReadDir(filepath.Join(root, "var/lib")); err == nil && len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestHostSetNotRoot tells anybody but root what to do, before anything is looked at.
func TestHostSetNotRoot(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"set", "unset"} {
		var out, er bytes.Buffer
		status := Main(t.Context(), []string{"host", verb, "xen", "smt=off"}, Env{Out: &out, Err: &er, DefaultRoot: "/", Root: false})
		want := "xenpci: host " + verb + " must be run as root: it changes how this machine boots; 'xenpci host " + verb + " --dry-run' shows what it would do\n"
		if diff := cmp.Diff(want, out.String()+er.String()); status != StatusFailed || diff != "" {
			t.Errorf("status %d (-want +got):\n%s", status, diff)
		}
	}
}

// TestNeedRootNamesWhatThereIs wants no advice that names a flag which the verb does not have.
func TestNeedRootNamesWhatThereIs(t *testing.T) {
	host, err := passthrough.Open("/", passthrough.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &app{host: host}
	for verb, want := range map[string]string{
		"hide": "'xenpci hide --dry-run' shows", "hook pre-xend": "'xenpci apply --dry-run' shows", "host confirm": "'xenpci host' shows the trial",
		"host console": "'xenpci host console --write --dry-run' shows", "initramfs add": "it changes how this machine boots",
	} {
		if err := a.needRoot(verb, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", verb, err, want)
		}
	}
}
