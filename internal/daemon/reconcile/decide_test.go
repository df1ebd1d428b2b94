package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	nine = pci.Address{Slot: 9}
)

// verdict is what decide says.
type verdict struct {
	State State
	Todo  string // "hide", "reserve", "wait" or ""
	Note  string // the intent that is noted, "forget" or ""
}

func (m *memory) verdict(d passthrough.KeptDevice, there bool, drift passthrough.Drift) verdict {
	todo := m.decide(d, there, drift, noon)
	v := verdict{State: m.State, Todo: map[action]string{hide: "hide", reserve: "reserve"}[todo]}
	if m.Retry != nil {
		v.Todo = "wait"
	}
	if m.note != nil {
		v.Note = string(*m.note)
		if *m.note == none {
			v.Note = "forget"
		}
	}
	return v
}

// found is a declared device that is there.
func found(driver string, slot pciback.SlotState, i passthrough.Intent) passthrough.KeptDevice {
	return passthrough.KeptDevice{
		Declaration: passthrough.Declaration{Address: nine, Place: passthrough.PlaceAsDeclared},
		Status:      passthrough.DeviceStatus{Device: nine, Present: true, Driver: driver, Slot: slot}, Intent: i,
	}
}

// away is one that is not.
func away(place passthrough.Place, driver string, slot pciback.SlotState, i passthrough.Intent) passthrough.KeptDevice {
	d := found(driver, slot, i)
	d.Place, d.Status.Present = place, place != passthrough.PlaceAbsent
	return d
}

// nobody is a device at whose declared address nothing is.
func nobody(d passthrough.KeptDevice) passthrough.KeptDevice {
	d.Status.Present = false
	return d
}

const (
	registered = pciback.SlotRegistered
	unslotted  = pciback.SlotAbsent
	cut        = pciback.SlotUnknown
	wasHidden  = passthrough.IntentHidden
	wasGiven   = passthrough.IntentGivenBack
	reserved   = passthrough.IntentReserved
)

// fresh is what a daemon remembers that has just been started.
func fresh() memory { return memory{} }

// held is what it remembers of a device that the last look found with pciback.
func held() memory {
	return memory{hidden: true, Device: Device{Declared: nine, Device: nine, State: Hidden}}
}

func lostTo(driver string, times int) memory {
	m := held()
	for range times {
		m.losses = append(m.losses, loss{noon.Add(-time.Minute), driver})
	}
	return m
}

func assigned(d passthrough.KeptDevice) passthrough.KeptDevice {
	d.Status.Guest = &pciback.Guest{ID: 3, Name: "router"}
	return d
}

// unreadable is a device whose driver_override could not be read.
func unreadable(d passthrough.KeptDevice) passthrough.KeptDevice {
	d.Status.Error = &passthrough.Error{Code: passthrough.CodeUnreadable}
	return d
}

// unfinished is one on which a write of an earlier run may still wait.
func unfinished(d passthrough.KeptDevice) passthrough.KeptDevice {
	d.Status.Unfinished = &passthrough.Unfinished{Verb: passthrough.VerbHide}
	return d
}

func TestDecide(t *testing.T) {
	overridden := held()
	overridden.overridden = true
	contested := lostTo("e1000", 3)
	contested.hidden, contested.State = false, Contested
	failed := fresh()
	failed.fail(&passthrough.Error{Code: passthrough.CodeMoveFailed}, noon)
	refused := fresh()
	refused.fail(&passthrough.Error{Code: passthrough.CodeGuard}, noon)
	noteFailed := held()
	noteFailed.hidden, noteFailed.noteFailed, noteFailed.State = false, true, GivenBack
	slotless := held()
	slotless.slotless = true
	stranger := held()
	for _, test := range []struct {
		name   string
		memory memory
		device passthrough.KeptDevice
		want   verdict
	}{
		{"in dom0, never hidden", fresh(), found("e1000", unslotted, none), verdict{InDom0, "hide", ""}},
		{"without a driver", fresh(), found("", unslotted, none), verdict{InDom0, "hide", ""}},
		{"with its slot, never hidden", fresh(), found("e1000", registered, none), verdict{InDom0, "hide", ""}},
		{"came to the wrong driver", fresh(), found("e1000", registered, reserved), verdict{InDom0, "hide", ""}},
		{"came to pciback", fresh(), found("pciback", registered, reserved), verdict{Hidden, "hide", ""}},
		{"hidden at boot", fresh(), found("pciback", registered, none), verdict{Hidden, "hide", ""}},
		{"hidden", held(), found("pciback", registered, wasHidden), verdict{Hidden, "", ""}},
		{"hidden, by a cut list", held(), found("pciback", cut, wasHidden), verdict{Hidden, "", ""}},
		{"hidden, after a restart", fresh(), found("pciback", registered, wasHidden), verdict{Hidden, "", ""}},
		{"hidden, slot removed just now", held(), found("pciback", unslotted, wasHidden), verdict{Hidden, "wait", ""}},
		{"hidden, slot removed for long", slotless, found("pciback", unslotted, wasHidden), verdict{Hidden, "hide", ""}},
		{"hidden again after it was given back", fresh(), found("pciback", registered, wasGiven), verdict{Hidden, "hide", "hidden"}},
		{"assigned", held(), assigned(found("pciback", registered, wasHidden)), verdict{Assigned, "", ""}},
		{"assigned, and its slot is gone", held(), assigned(found("pciback", unslotted, wasHidden)), verdict{Assigned, "", ""}},
		{"assigned by somebody", fresh(), assigned(found("pciback", registered, none)), verdict{Assigned, "", "hidden"}},
		{"assigned after it was given back", fresh(), assigned(found("pciback", registered, wasGiven)), verdict{Assigned, "", "hidden"}},
		{"taken from a guest by force", held(), assigned(found("e1000", registered, wasHidden)), verdict{InDom0, "", ""}},
		{"lost", held(), found("e1000", registered, wasHidden), verdict{InDom0, "wait", ""}},
		{"lost, not noted", held(), found("e1000", registered, none), verdict{InDom0, "wait", ""}},
		{"lost while the daemon was away", fresh(), found("e1000", registered, wasHidden), verdict{InDom0, "hide", ""}},
		{"lost, by a cut list", held(), found("e1000", cut, wasHidden), verdict{InDom0, "wait", ""}},
		{"lost to the same twice", lostTo("e1000", 1), found("e1000", registered, wasHidden), verdict{InDom0, "wait", ""}},
		{"lost to the same three times", lostTo("e1000", 2), found("e1000", registered, wasHidden), verdict{Contested, "", ""}},
		{"lost to another", lostTo("e1000", 2), found("vfio-pci", registered, wasHidden), verdict{InDom0, "wait", ""}},
		{"contested", contested, found("e1000", registered, wasHidden), verdict{Contested, "", ""}},
		{"contested, and let go", contested, found("", registered, wasHidden), verdict{Contested, "", ""}},
		{"contested, and given back", contested, found("e1000", unslotted, wasHidden), verdict{GivenBack, "", "given_back"}},
		{"contested, and hidden", contested, found("pciback", registered, wasHidden), verdict{Hidden, "", ""}},
		{"given back", held(), found("e1000", unslotted, wasHidden), verdict{GivenBack, "", "given_back"}},
		{"given back, not noted", held(), found("", unslotted, none), verdict{GivenBack, "", "given_back"}},
		{"given back while the daemon was away", fresh(), found("e1000", unslotted, wasHidden), verdict{GivenBack, "", "given_back"}},
		{"given back by libvirt", overridden, found("e1000", registered, wasHidden), verdict{GivenBack, "", "given_back"}},
		{"lost, and its override cannot be read", overridden, unreadable(found("e1000", registered, wasHidden)), verdict{InDom0, "wait", ""}},
		{"lost, and a write to it is stuck", overridden, unfinished(found("e1000", registered, wasHidden)), verdict{InDom0, "wait", ""}},
		{"given back, noted", fresh(), found("e1000", unslotted, wasGiven), verdict{GivenBack, "", ""}},
		{"given back, slot registered again", fresh(), found("e1000", registered, wasGiven), verdict{GivenBack, "", ""}},
		{"given back, and cannot be noted", noteFailed, found("e1000", unslotted, none), verdict{GivenBack, "", "given_back"}},
		{"failed just now", failed, found("e1000", unslotted, none), verdict{Failed, "wait", ""}},
		{"refused just now", refused, found("e1000", unslotted, none), verdict{Refused, "wait", ""}},

		{"absent", fresh(), away(passthrough.PlaceAbsent, "", unslotted, none), verdict{Absent, "reserve", ""}},
		{"absent, reserved", fresh(), away(passthrough.PlaceAbsent, "", registered, reserved), verdict{Absent, "", ""}},
		{"absent, reservation lost", fresh(), away(passthrough.PlaceAbsent, "", unslotted, reserved), verdict{Absent, "reserve", ""}},
		{"absent, by a cut list", fresh(), away(passthrough.PlaceAbsent, "", cut, none), verdict{Absent, "reserve", ""}},
		{"absent, by a cut list, reserved", fresh(), away(passthrough.PlaceAbsent, "", cut, reserved), verdict{Absent, "", ""}},
		{"pulled while hidden", held(), away(passthrough.PlaceAbsent, "", registered, wasHidden), verdict{Absent, "", "reserved"}},
		{"pulled after it was given back", fresh(), away(passthrough.PlaceAbsent, "", unslotted, wasGiven), verdict{Absent, "reserve", "forget"}},
		{"absent, another declaration's device is there", fresh(), away(passthrough.PlaceClaimed, "pciback", registered, wasHidden), verdict{Ambiguous, "", ""}},
		{"another card", fresh(), away(passthrough.PlaceAnother, "e1000", unslotted, none), verdict{OtherCard, "", ""}},
		{"another card, hidden by somebody", fresh(), away(passthrough.PlaceAnother, "pciback", registered, wasHidden), verdict{OtherCard, "", ""}},
		{"another card, by the slot of the one before", stranger, away(passthrough.PlaceAnother, "pciback", registered, wasHidden), verdict{OtherCard, "", "reserved"}},
		{"another card, and a guest has it", stranger, assigned(away(passthrough.PlaceAnother, "pciback", registered, wasHidden)), verdict{OtherCard, "", ""}},
		{"ambiguous, pulled while hidden", held(), nobody(away(passthrough.PlaceAmbiguous, "", registered, wasHidden)), verdict{Ambiguous, "", "reserved"}},
		{"ambiguous, and not there", fresh(), nobody(away(passthrough.PlaceAmbiguous, "", unslotted, none)), verdict{Ambiguous, "", ""}},
		{"ambiguous", held(), away(passthrough.PlaceAmbiguous, "pciback", registered, wasHidden), verdict{Ambiguous, "", ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := test.memory
			if diff := cmp.Diff(test.want, m.verdict(test.device, true, passthrough.DriftHide)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDecideWithoutPciback: an absent slot tells nothing where pciback is not there, or was
// not there since.
func TestDecideWithoutPciback(t *testing.T) {
	m := held()
	lost := found("", unslotted, wasHidden)
	if got, want := m.verdict(lost, false, passthrough.DriftHide), (verdict{InDom0, "wait", "forget"}); got != want {
		t.Errorf("pciback unloaded: %+v, want %+v", got, want)
	}
	if got, want := m.verdict(lost, true, passthrough.DriftHide), (verdict{InDom0, "wait", ""}); got != want {
		t.Errorf("loaded again, not forgotten: %+v, want %+v", got, want)
	}
}

// TestDecideEverything makes decide decide in every combination of what a look can find and
// what can be remembered, and holds it to what is always so.
func TestDecideEverything(t *testing.T) {
	places := []passthrough.Place{passthrough.PlaceAsDeclared, passthrough.PlaceMoved, passthrough.PlaceAnother, passthrough.PlaceAbsent, passthrough.PlaceAmbiguous, passthrough.PlaceClaimed}
	memories := map[string]func() memory{"fresh": fresh, "held": held, "lost": func() memory { return lostTo("e1000", 2) },
		"waiting": func() memory { m := fresh(); m.fail(nil, noon); return m }}
	combinations := 0
	for _, place := range places {
		for _, driver := range []string{"", "e1000", "pciback"} {
			for _, slot := range []pciback.SlotState{unslotted, registered, cut} {
				for _, i := range []passthrough.Intent{none, wasHidden, wasGiven, reserved} {
					for _, guest := range []bool{false, true} {
						for _, there := range []bool{false, true} {
							for _, drift := range []passthrough.Drift{passthrough.DriftHide, passthrough.DriftReport} {
								for name, of := range memories {
									d := away(place, driver, slot, i)
									if guest {
										d = assigned(d)
									}
									m := of()
									v := m.verdict(d, there, drift)
									combinations++
									if wrong := always(d, v, drift); wrong != "" {
										t.Errorf("%s %s %q slot %s, intent %q, guest %v, pciback %v, %s, %s: %+v: %s", name, place, driver, slot, i, guest, there, drift, m.State, v, wrong)
									}
								}
							}
						}
					}
				}
			}
		}
	}
	if want := 6 * 3 * 3 * 4 * 2 * 2 * 2 * 4; combinations != want {
		t.Errorf("%d combinations, want %d", combinations, want)
	}
}

// always returns what is wrong with a verdict, whatever the daemon remembers.
func always(d passthrough.KeptDevice, v verdict, drift passthrough.Drift) string {
	acts := v.Todo == "hide" || v.Todo == "reserve"
	switch {
	case acts && drift == passthrough.DriftReport:
		return "only to be reported"
	case v.Todo == "hide" && d.Status.Guest != nil:
		return "a guest has it"
	case v.Todo == "hide" && !d.Place.Found():
		return "it is not known where it is"
	case v.Todo == "reserve" && d.Place != passthrough.PlaceAbsent:
		return "it is not absent"
	case acts && !d.Status.Hidden() && d.Intent == wasGiven && d.Place.Found():
		return "somebody gave it back"
	case v.State == "":
		return "no state"
	case d.Place.Found() && (v.State == Hidden || v.State == Assigned) != d.Status.Hidden():
		return "the state is not what was seen"
	case v.Note == string(wasHidden) && !d.Status.Hidden(), v.Note == string(wasGiven) && d.Status.Hidden():
		return "what is noted is not what was seen"
	}
	return ""
}

func TestWait(t *testing.T) {
	var got []string
	for failures := range 12 {
		got = append(got, fmt.Sprint(wait(failures)))
	}
	want := []string{"1s", "2s", "4s", "8s", "16s", "32s", "1m4s", "2m8s", "4m16s", "5m0s", "5m0s", "5m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := wait(1 << 40); got != longestWait {
		t.Errorf("after very many: %v", got)
	}
}
