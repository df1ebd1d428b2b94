//go:build xen

package xenboot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// declared is the card that is to be hidden, and twin the other of its kind,
// which is to work.
const (
	declared = "0000:00:09.0"
	twin     = "0000:00:0a.0"
)

// verified is what xenpci verify says of one device.
type verified struct {
	Address, Driver, First string
	Problem                *remark
}

// remark is what verify finds wrong. The reason is for people.
type remark struct{ Code string }

// booted is what a boot came to.
type booted struct {
	Verified []verified
	Problems []remark // of the layers as a whole
	Status   int      // of verify
	Twin     string   // the driver of the other card
	Failed   string   // units
}

// lookAfter prints what a boot came to: the twin's driver, the units that
// failed, and verify's document, whose exit status it hands on in a line.
const lookAfter = `basename "$(readlink /sys/bus/pci/devices/` + twin + `/driver)"
: >/run/failed
[ ! -d /run/systemd/system ] || systemctl --failed --no-legend --plain | cut -d' ' -f1 >/run/failed
xargs </run/failed
xenpci verify --json
echo "status $?"
[ ! -d /run/systemd/system ] || journalctl -b -u 'xenpci*' --no-pager >&2
dmesg | grep -e xenpci -e ` + declared + ` >&2
true`

// parseBooted reads what lookAfter printed.
func parseBooted(t *testing.T, answers string) (b booted) {
	t.Helper()
	lines := strings.SplitN(answers, "\n", 3)
	if len(lines) < 3 {
		t.Fatalf("answers: %s", answers)
	}
	b.Twin, b.Failed = lines[0], lines[1]
	text, rest, ok := strings.Cut(lines[2], "\nstatus ")
	if !ok {
		t.Fatalf("answers: %s", answers)
	}
	var document struct {
		Result struct {
			Devices  []verified
			Problems []remark
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v: %s", err, answers)
	}
	if _, err := fmt.Sscan(rest, &b.Status); err != nil {
		t.Fatalf("%v: %s", err, answers)
	}
	b.Verified = document.Result.Devices
	if len(document.Result.Problems) > 0 {
		b.Problems = document.Result.Problems
	}
	t.Log(answers)
	return b
}

// hidden is a boot in which pciback had the declared card, and nobody before.
var hidden = booted{Verified: []verified{{Address: declared, Driver: "pciback", First: "pciback"}}, Twin: "e1000"}

// declareAndWeigh declares the card, and looks how much larger the image is for
// it: by 5 MiB at most.
const declareAndWeigh = `image=/boot/initrd.img-$(uname -r)
before=$(stat -c %s "$image")
xenpci hide --boot ` + declared + `
test $? = 5 && xenpci verify --next || exit 1
more=$(($(stat -c %s "$image") - before))
echo "the image is larger by $more bytes"
test $more -gt 0 && test $more -le $((5 << 20))`

// lookAtHost prints what xenpci says of the host's own boot: the last line of each, and Xen's service.
const lookAtHost = `
xenpci host | tail -n 1
xenpci host check | tail -n 1
xenpci host services | grep '^xen ' | grep -o -w running | sed 's/^/xen: /'`

// TestDeclaredQuick declares one of two cards, where nothing but a kernel runs,
// and boots: what xenpci chooses by itself hides it before its driver comes. The next boot is
// like this one, and nothing of Xen is missing.
func TestDeclaredQuick(t *testing.T) {
	l := fresh(t, root.Debian, twins())
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: declareAndWeigh}))
	answers := l.run(t, host.Order{Script: lookAfter + lookAtHost})
	if diff := cmp.Diff(hidden, parseBooted(t, answers)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"The next boot is like this one, as far as it can be compared.", "errors: 0, warnings: 1", "xen: running"}
	if diff := cmp.Diff(want, said(answers, "The next boot", "errors: ", "xen: ")); diff != "" {
		t.Errorf("the host (-want +got):\n%s", diff)
	}
}
