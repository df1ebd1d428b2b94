package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/fakekernel"
)

// walks is how many random walks a test makes, and walksVariable makes it another number.
const (
	walks         = 16
	walksVariable = "XENPCI_WALKS"
)

// walker lets people, tools, guests and chance act on a host with a daemon, and keeps what
// is true of each device whatever happens.
type walker struct {
	*world
	random  *rand.Rand
	guests  map[string]int  // who has which device
	given   map[string]bool // back to dom0, by somebody
	chosen  bool            // somebody has hidden the other card at hot
	card    string          // at hot: "", "wanted", "other"
	domains int
	checked int // how many of the daemon's writes were checked
	acts    []string
}

// TestWalks makes random walks. What fails is repeated by its seed.
func TestWalks(t *testing.T) {
	number := walks
	if more, err := strconv.Atoi(os.Getenv(walksVariable)); err == nil {
		number = more
	}
	for seed := range number {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := &walker{world: newWorld(t, "qemu"), random: rand.New(rand.NewPCG(uint64(seed), 1)), guests: map[string]int{}, given: map[string]bool{}}
			w.port()
			w.load("e1000e")
			w.list(declareNine, declareTen, declareHot)
			w.wait(time.Second)
			w.check()
			for range 6 {
				for range 1 + w.random.IntN(8) {
					w.act()
					w.wait(time.Duration(200+w.random.IntN(20_000)) * time.Millisecond)
					w.check()
				}
				w.peace()
			}
			if t.Failed() {
				t.Logf("done: %s\n%s%s", strings.Join(w.acts, ", "), w.record.String(), w.end())
			}
		})
	}
}

// act does one thing to one device, if it can be done.
func (w *walker) act() {
	address := []string{nine, ten, hot}[w.random.IntN(3)]
	driver := w.driver(address)
	hidden, assigned := driver == "pciback", w.guests[address] != 0
	pciback := w.kernel.FS().Exists(drivers + "pciback")
	do := func(name string) {
		w.acts = append(w.acts, name+" "+address)
		w.say("* " + name + " " + short(address))
	}
	switch kind := w.random.IntN(14); {
	case kind == 0 && driver == "(gone)":
		w.card = "wanted"
		do("plug")
		w.plug(wanted())
	case kind == 1 && driver == "(gone)":
		w.card = "other"
		do("plug another")
		w.plug(other())
	case kind <= 2 && address == hot && driver != "(gone)" && !assigned:
		do("pull")
		w.pull(hot)
		w.card, w.chosen, w.given[hot] = "", false, false
	case driver == "(gone)":
	case kind == 3 && hidden && !assigned:
		do("unhide")
		w.unhide(address)
		w.given[address] = true
	case kind == 4 && !hidden:
		do("hide")
		w.hide(address)
		w.taken(address)
	case kind == 5 && hidden && !assigned:
		do("xl remove")
		native := ""
		if w.random.IntN(2) == 0 && w.kernel.FS().Exists(drivers+native) {
			native = w.native(address)
		}
		w.xlRemove(address, native, nil)
		w.given[address] = true
	case kind == 6 && !hidden && pciback:
		do("xl add")
		w.xlAdd(address)
		w.taken(address)
	case kind == 7 && hidden && !assigned:
		w.domains++
		do("guest")
		w.guest(w.domains, "guest", address)
		w.guests[address] = w.domains
	case kind <= 8 && assigned:
		do("end guest")
		w.endGuest(w.guests[address], address)
		delete(w.guests, address)
	case kind == 9 && driver != "" && !assigned:
		do("unbind")
		w.unbind(address)
	case kind == 10 && hidden && !assigned && w.kernel.FS().Exists(drivers+w.native(address)):
		do("take")
		w.unbind(address)
		w.write(drivers+w.native(address)+"/bind", address)
	case kind == 11:
		do("fail")
		w.own.Inject(fakekernel.Fault{Name: "*/bind", Value: address, Action: fakekernel.Fail, Errno: syscall.EBUSY})
	case kind == 12 && pciback && len(w.guests) == 0:
		do("unload pciback")
		w.unload("xen-pciback")
		w.look() // without hidden devices there is no uevent, and loaded again it is like one that has lost a slot
	case kind == 13 && w.random.IntN(2) == 0:
		do("restart")
		w.check()
		w.restart()
		w.checked = 0
	case kind == 13:
		do("reload")
		w.daemon.Reload()
		clear(w.given)
		w.look()
	}
}

func (w *walker) native(address string) string {
	if address == hot {
		return "e1000e"
	}
	return "e1000"
}

// taken is that somebody hid a device.
func (w *walker) taken(address string) {
	w.given[address] = false
	if address == hot {
		w.chosen = w.card == "other"
	}
}

// check looks at what the daemon has written since the last check: a guest's device is not
// touched, and one that was given back is not taken.
func (w *walker) check() {
	w.t.Helper()
	all := w.own.Writes()
	for _, one := range all[w.checked:] {
		if w.guests[one.Value] != 0 {
			w.t.Errorf("%s <- %s, which a guest has", one.Name, one.Value)
		}
		if w.given[one.Value] {
			w.t.Errorf("%s <- %s, which somebody has given back", one.Name, one.Value)
		}
	}
	w.checked = len(all)
}

// peace lets nothing happen for ten minutes. Then what is declared and there is hidden, unless
// there is a reason that the daemon tells.
func (w *walker) peace() {
	w.t.Helper()
	w.say("* peace")
	w.own.Clear()
	before := len(w.own.Writes())
	w.wait(10 * time.Minute)
	w.check()
	tries := map[string]int{}
	for _, one := range w.own.Writes()[before:] {
		if strings.HasSuffix(one.Name, "/pciback/bind") {
			tries[one.Value]++
		}
	}
	for _, d := range w.result.Devices {
		a := d.Device.String()
		driver := w.driver(a)
		if tries[a] > 1 {
			w.t.Errorf("%s: taken %d times, and nobody has disturbed it", a, tries[a])
		}
		want := reconcile.Hidden
		switch {
		case driver == "(gone)":
			want = reconcile.Absent
		case a == hot && w.card == "other":
			want = reconcile.OtherCard
			if driver == "pciback" && !w.chosen {
				w.t.Errorf("%s: another card, and pciback has it", a)
			}
		case w.guests[a] != 0:
			want = reconcile.Assigned
		case w.given[a]:
			want = reconcile.GivenBack
		case d.State == reconcile.Contested:
			want = reconcile.Contested
		}
		has := slices.Contains([]reconcile.State{reconcile.Hidden, reconcile.Assigned}, want)
		if d.State != want || has != (driver == "pciback") && want != reconcile.OtherCard {
			w.t.Errorf("%s: it is %s and on %q, want %s", a, d.State, driver, want)
		}
	}
	if w.t.Failed() {
		w.t.Logf("done: %s\n%s%s", strings.Join(w.acts, ", "), w.record.String(), w.end())
		w.t.FailNow()
	}
}
