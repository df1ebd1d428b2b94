//go:build xen

package xenboot

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// debPackage makes the package for Debian and amd64, with a version.
func debPackage(t *testing.T, version, commit string) string {
	t.Helper()
	dist, err := filepath.Abs(filepath.Join(t.TempDir(), version))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "make", "--no-print-directory", "packages", "DIST="+dist, "ARCHS=amd64", "PACKAGERS=deb", "PRERELEASE="+version, "COMMIT="+commit)
	c.Dir = filepath.Join("..", "..")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
	found, err := filepath.Glob(filepath.Join(dist, "*.deb"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d packages: %v", len(found), err)
	}
	return found[0]
}

// facts are shell functions that print what a stage is about.
const facts = `set -e
export DEBIAN_FRONTEND=noninteractive
image=/boot/initrd.img-$(uname -r)
driver() { echo "driver: $(basename $(readlink /sys/bus/pci/devices/0000:00:09.0/driver))"; }
ours() { echo "in /etc:" $(find /etc -name '*xenpci*' ! -path '/etc/init.d/*' | sort); }
daemon() { if pid=$(pgrep -x xenpcid); then echo "daemon: runs"; else echo "daemon: does not run"; fi; }
copy() {
	rm -rf /tmp/image
	unmkinitramfs $image /tmp/image
	inside=$(find /tmp/image -path '*usr/sbin/xenpci')
	if [ -z "$inside" ]; then echo "image: without xenpci"
	elif cmp -s $inside /usr/sbin/xenpci; then echo "image: this xenpci"
	else echo "image: another xenpci"; fi
}
# settings are what a purge has to leave as they were.
settings() { find /etc /boot/grub /var/lib/xenpci -type f ! -name 'initrd*' ! -path '/etc/ld.so.cache' 2>/dev/null | sort | xargs sha256sum; }
version() { xenpci version | sed 's/,.*//'; }
`

// TestPackage installs the package for Debian with apt on a fresh disk, hides a card at boot,
// boots, upgrades to another build, boots, purges, and boots as before.
func TestPackage(t *testing.T) {
	first, second := debPackage(t, "git1", "111111111111"), debPackage(t, "git2", "222222222222")
	l := disk(t, root.Debian, twins())
	if err := l.Put(t.Context(), map[string]string{"/root/first.deb": first, "/root/second.deb": second}); err != nil {
		t.Fatal(err)
	}
	var transcript strings.Builder
	defer func() {
		name := filepath.Join(filepath.Dir(l.setup.Log("x")), "package.transcript")
		if err := os.WriteFile(name, []byte(transcript.String()), 0o644); err != nil { //nolint:forbidigo // a test's own file
			t.Error(err)
		}
	}()
	const links = "/etc/systemd/system/multi-user.target.wants/xenpci-verify.service /etc/systemd/system/multi-user.target.wants/xenpci.service "
	for _, stage := range []struct {
		name, script string
		want         []string // what the facts are, in order
	}{
		{"install and hide", `settings >/root/before
cp $image /root/image.before
apt-get install --yes --quiet /root/first.deb
version; daemon; ours; driver
update-initramfs -u -k $(uname -r); copy
xenpci boot
xenpci hide --boot 00:09.0
xenpci daemon enable
copy; daemon; driver; ours`, []string{
			"xenpci 0.1.0 (commit 111111111111", "daemon: does not run", "in /etc:", "driver: e1000", "image: without xenpci", "layers: none", "image: this xenpci", "daemon: runs", "driver: pciback",
		}},
		{"boot and upgrade", `driver; daemon
xenpci verify
before=$(pgrep -x xenpcid)
apt-get install --yes --quiet /root/second.deb
test "$(pgrep -x xenpcid)" != "$before"
version; copy; daemon; driver
xenpci verify
xenpci daemon status`, []string{
			"driver: pciback", "daemon: runs", "xenpci 0.1.0 (commit 222222222222", "image: this xenpci", "daemon: runs", "driver: pciback",
		}},
		{"boot and purge", `driver; daemon
xenpci verify
apt-get purge --yes --quiet xenpci
daemon; copy; ours
settings | diff /root/before - && echo "settings: as before"
find / -xdev -name '*xenpci*' ! -path '/proc/*' ! -path '/run/*' ! -path '/tmp/*' ! -path '/var/log/*' ! -path '/var/cache/*' ! -path '/var/lib/dpkg/*'`, []string{
			"driver: pciback", "daemon: runs", "layers: none", "daemon: does not run", "image: without xenpci", "in /etc:", "settings: as before",
		}},
		{"boot as before", `driver; daemon; copy; ours
grep -c xen-pciback /proc/cmdline || true`, []string{"driver: e1000", "daemon: does not run", "image: without xenpci", "in /etc:"}},
	} {
		answers := l.run(t, host.Order{Script: facts + stage.script})
		transcript.WriteString("# " + stage.name + "\n" + answers + "\n")
		t.Log(answers)
		var got []string
		for line := range strings.Lines(answers) {
			line = strings.TrimSpace(line)
			for _, fact := range []string{"driver: ", "daemon: ", "image: ", "in /etc:", "settings: ", "xenpci 0.1.0 (", "layers: none"} {
				if strings.HasPrefix(line, fact) {
					got = append(got, line)
				}
			}
		}
		if stage.name == "install and hide" && len(got) > 0 {
			last := got[len(got)-1] // what the layers have made
			got = got[:len(got)-1]
			if !strings.HasPrefix(last, "in /etc: ") || !strings.Contains(last, links) || strings.Contains(last, "/etc/systemd/system/xenpci") || strings.Contains(last, "initramfs-tools") {
				t.Errorf("copies of what the package has: %s", last)
			}
		}
		if diff := cmp.Diff(stage.want, got); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", stage.name, diff)
		}
	}
}
