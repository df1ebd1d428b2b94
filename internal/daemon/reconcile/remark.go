package reconcile

import (
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// told is a remark that was told.
type told struct {
	device *pci.Address // nil for none
	looked bool         // a look found it, and it ends when a look does not
	seen   bool         // in this Reconcile
}

// event passes on what a verb warns of.
func (r *Reconciler) event(e passthrough.Event) {
	r.Progress()
	if e.Kind == passthrough.EventWarning {
		r.remark(e.Remark, false)
	}
}

func (r *Reconciler) warn(err error) {
	for _, e := range passthrough.AsErrors(err) {
		r.remark(passthrough.Remark{Device: e.Device, Code: e.Code, Reason: e.Reason, Advice: e.Advice}, false)
	}
}

// remark tells of what was not told already, by a look or by something that was tried: what
// is tried again later fails again, and that is not new. That a declared device was not found
// is its state.
func (r *Reconciler) remark(remark passthrough.Remark, looked bool) {
	if remark.Code == passthrough.CodeNotFound {
		return
	}
	text := remark.String()
	before, is := r.told[text]
	if !is {
		r.Warn(remark)
	}
	r.told[text] = told{remark.Device, looked || before.looked, true}
}

// forgetRemarks has remarks about devices whose state has changed told again.
func (r *Reconciler) forgetRemarks(devices ...pci.Address) {
	for text, one := range r.told {
		for _, a := range devices {
			if one.device != nil && *one.device == a && !one.looked {
				delete(r.told, text)
			}
		}
	}
}

// mostTold bounds what is remembered; beyond it, all is told again.
const mostTold = 1024

// endRemarks forgets what the looks of this Reconcile have not found any more.
func (r *Reconciler) endRemarks() {
	if len(r.told) > mostTold {
		clear(r.told)
	}
	for text, one := range r.told {
		if one.looked && !one.seen {
			delete(r.told, text)
			continue
		}
		one.seen = false
		r.told[text] = one
	}
}
