package passthrough

import (
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/intent"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Status is what is known of pciback and of the devices that concern it.
type Status struct {
	Xen     Xen            `json:"xen"`
	IOMMU   IOMMU          `json:"iommu"`
	Pciback Pciback        `json:"pciback"`
	Counts  Counts         `json:"counts"`
	Daemon  DaemonPresence `json:"daemon"`
	Layers  []Layer        `json:"layers"`  // that are enabled: what hides the declared devices at boot; LayerDaemon among them
	Devices []DeviceStatus `json:"devices"` // sorted by address
	Notes   []Remark       `json:"notes,omitempty"`
	Trial   *HostTrial     `json:"trial,omitempty"` // that there is: see View.HostTrial

	// NotFound are the declared devices that are not there, or of which it is not known where
	// they are. At the address of one, another device may be.
	NotFound []Declaration `json:"not_found,omitempty"`

	GuestsUnknown bool `json:"guests_unknown,omitempty"` // it is not known which guests have devices
	ListUnread    bool `json:"list_unread,omitempty"`    // a part of the declared list cannot be read: more may be declared

	Precedences []Precedence `json:"precedences,omitempty"` // of the declared devices of which the drivers are known
}

// Counts are how many of the devices of a status there are of each kind.
type Counts struct {
	Hidden     int `json:"hidden"`     // that pciback has, those of guests among them
	Assigned   int `json:"assigned"`   // that running guests have
	Declared   int `json:"declared"`   // in the declared list
	Unfinished int `json:"unfinished"` // that an earlier run left
}

// DaemonPresence is whether xenpcid runs, and whether it is started at boot.
type DaemonPresence struct {
	Process int  `json:"process,omitempty"` // the number of its process; absent where none runs
	Enabled bool `json:"enabled"`           // it is started at every boot
}

// DeviceStatus is which driver and which guest have a device.
type DeviceStatus struct {
	Device      pci.Address       `json:"device"`
	Present     bool              `json:"present"`                   // the kernel has such a device
	Name        string            `json:"name,omitempty"`            // of its vendor and model
	Short       string            `json:"short,omitempty"`           // class and model in few words
	Driver      string            `json:"driver,omitempty"`          // absent for none
	Override    string            `json:"driver_override,omitempty"` // the driver that may bind it, where one is set
	Slot        pciback.SlotState `json:"slot"`                      // pciback's slots have its address
	KernelNames []string          `json:"kernel_names,omitempty"`    // of its network interfaces and disks: see View.KernelNames
	Was         *Was              `json:"was,omitempty"`             // what a hidden device was in dom0; absent for others, and where it cannot be read
	Former      string            `json:"former_driver,omitempty"`   // the driver that a hidden device came from; absent where nobody noted it
	Quarantine  Quarantine        `json:"quarantine,omitempty"`      // of a hidden device
	Permissive  bool              `json:"permissive,omitempty"`      // a guest may write all of its configuration space, until it is given back
	Declared    bool              `json:"declared"`                  // the declared list has it, for every boot
	Reserved    bool              `json:"reserved,omitempty"`        // it is declared and not there, and pciback has its slot in advance
	GivenBack   bool              `json:"given_back,omitempty"`      // it is declared, and somebody gave it back to dom0 in this boot
	Guest       *pciback.Guest    `json:"guest,omitempty"`           // the running guest that has it
	WantedBy    WantedBy          `json:"wanted_by,omitempty"`       // what asks for it to be hidden
	Unfinished  *Unfinished       `json:"unfinished,omitempty"`
	Remark      *Remark           `json:"remark,omitempty"` // what the other fields do not say
	Error       *Error            `json:"error,omitempty"`  // why its override could not be read
}

// Hidden reports whether pciback has the device.
func (d DeviceStatus) Hidden() bool { return d.Driver == pciback.Name }

// WantedBy is what asks for a device to be hidden.
type WantedBy string

// What can ask for a device to be hidden.
const (
	WantedByOverride  WantedBy = "driver_override" // the attribute of the device
	WantedByParameter WantedBy = "hide_parameter"  // pciback's parameter hide=
)

// String returns it as the kernel writes it: "driver_override", "hide=".
func (w WantedBy) String() string {
	if w == WantedByParameter {
		return "hide="
	}
	return string(w)
}

// advice returns where to look for what asks. The kernel shows the parameter that pciback was loaded
// with, and it shows that until pciback is loaded again.
func (w WantedBy) advice() string {
	if w == WantedByParameter {
		return "pciback was loaded with that; 'xenpci import' lists the settings that it is loaded with the next time"
	}
	return ""
}

func newWantedBy(by engine.WantedBy) WantedBy {
	switch by {
	case engine.ByOverride:
		return WantedByOverride
	case engine.ByParameter:
		return WantedByParameter
	}
	return ""
}

// Unfinished is what an earlier run left of a device.
type Unfinished struct {
	Verb   Verb   `json:"verb"`             // what it had begun
	Reason string `json:"reason,omitempty"` // why it could not end; absent where it was interrupted
}

// Verb is what is done with a device.
type Verb string

// The verbs that move a device.
const (
	VerbHide   Verb = "hide"
	VerbUnhide Verb = "unhide"

	VerbReserve Verb = "reserve" // of an address at which no device is: see View.Reserve
)

// Status returns what is known of Xen, the IOMMU and pciback, and of those devices, or of
// all that are hidden, registered in pciback's slots, assigned to a guest, declared, wanted
// by pciback's configuration, or left unfinished by an earlier run. What could not
// be found out is in the notes, and what is wrong with the declared list.
func (v *View) Status(ctx context.Context, devices ...pci.Address) (Status, error) {
	e := v.engine(reporter{})
	d, listErr := v.declared()
	look, of := e.Status, devices
	if len(devices) == 0 {
		look, of = e.StatusWith, d.found()
	}
	status, err := look(ctx, of...)
	if err != nil {
		return Status{}, asError(err)
	}
	v.trace(status.Module.Refused)
	s := v.newStatus(status)
	s.Xen, s.IOMMU = v.xen(), v.iommu()
	var trialErr error
	if s.Trial, trialErr = v.HostTrial(); trialErr != nil {
		s.Notes = append(s.Notes, Remark{Code: CodeUnknown, Reason: "cannot tell whether there is a trial: " + trialErr.Error()})
	}
	v.name(s.Devices)
	was, lost := v.was(status.Devices), v.lostOf(d)
	decisions, decisionsErr := v.host.decisions()
	if decisionsErr != nil {
		s.Notes = append(s.Notes, Remark{Code: CodeUnknown, Reason: "cannot tell which devices were given back: " + decisionsErr.Error()})
	}
	for i := range s.Devices {
		one := &s.Devices[i]
		one.Was, one.KernelNames = was[one.Device], v.KernelNames(one.Device)
		one.Declared = slices.Contains(d.found(), one.Device)
		one.GivenBack = one.Declared && one.Present && !one.Hidden() && decisions[one.Device] == intent.GivenBack
		one.Reserved = !one.Present && one.Slot == pciback.SlotRegistered && d.expects(one.Device)
		one.Quarantine = quarantineOf(status.Devices[i], s.IOMMU.Presence)
		one.Remark = one.remark()
		if why := lost.of(one.Device); why != nil && one.Remark != nil && (one.Remark.Code == CodeNotHidden || one.GivenBack) {
			one.Remark = why
		}
		s.Counts.add(*one)
	}
	layers, layersErr := v.enabledNow()
	s.Daemon = DaemonPresence{Process: v.daemonProcess(), Enabled: slices.Contains(layers, LayerDaemon)}
	if s.Layers = layers; layersErr != nil {
		s.Notes = append(s.Notes, Remark{Code: CodeUnknown, Reason: "cannot tell what hides devices at boot: " + layersErr.Error()})
	}
	if listErr != nil {
		s.ListUnread, s.Notes = true, append(s.Notes, asError(listErr).remark())
		return s, nil
	}
	s.Counts.Declared = len(d.findings)
	for _, f := range d.findings {
		if len(devices) == 0 && !f.Found() {
			s.NotFound = append(s.NotFound, newDeclaration(f))
		}
	}
	unread := problems(d.list)
	s.ListUnread, s.Notes = len(unread) > 0, append(s.Notes, unread...)
	s.Precedences = v.precedences(d)
	if len(devices) > 0 {
		s.Precedences = slices.DeleteFunc(s.Precedences, func(p Precedence) bool { return !slices.Contains(devices, p.Device) })
	}
	return s, nil
}

func (c *Counts) add(d DeviceStatus) {
	if d.Hidden() {
		c.Hidden++
	}
	if d.Guest != nil {
		c.Assigned++
	}
	if d.Unfinished != nil {
		c.Unfinished++
	}
}

// enabledNow returns the layers that are enabled, and LayerDaemon if the daemon is.
func (v *View) enabledNow() ([]Layer, error) {
	names, daemon, err := boot.EnabledNow(v.fs)
	layers := newLayers(names)
	if daemon {
		layers = append(layers, LayerDaemon)
	}
	return layers, err
}

// name fills in the names of the devices that are there. One that cannot be read stays
// empty.
func (v *View) name(devices []DeviceStatus) {
	names, _ := pci.OpenNames(v.host.root)
	defer names.Close()
	for i := range devices {
		if d, ok := v.device(devices[i].Device); ok {
			devices[i].Name, devices[i].Short = names.Model(d), names.Short(d)
		}
	}
}

func (v *View) newStatus(status engine.Status) Status {
	s := Status{Pciback: newPciback(status), Devices: []DeviceStatus{}, Notes: newRemarks(status.Notes), GuestsUnknown: status.GuestsUnknown}
	for _, d := range status.Devices {
		s.Devices = append(s.Devices, newDeviceStatus(d))
	}
	return s
}

// newDeviceStatus is a status without the name.
func newDeviceStatus(d engine.DeviceStatus) DeviceStatus {
	s := DeviceStatus{
		Device:     d.Device,
		Present:    d.Present,
		Driver:     d.State.Driver,
		Override:   d.State.Override,
		Slot:       d.State.Slot,
		Former:     d.Came,
		Permissive: d.Permissive,
		Guest:      d.Guest,
		WantedBy:   newWantedBy(d.WantedBy),
		Error:      asError(d.Err),
	}
	if d.Unfinished != nil {
		s.Unfinished = &Unfinished{Verb: Verb(d.Unfinished.Verb), Reason: d.Unfinished.Why}
	}
	s.Remark = s.remark()
	return s
}

// remark returns what the fields mean together; nil where they say it all.
func (d DeviceStatus) remark() *Remark {
	say := func(code Code, reason, advice string) *Remark {
		return &Remark{Device: &d.Device, Code: code, Reason: reason, Advice: advice}
	}
	switch {
	case d.Unfinished != nil && d.Unfinished.Reason != "":
		return say(CodeUnfinished, string(d.Unfinished.Verb)+" not finished: "+d.Unfinished.Reason, "")
	case d.Unfinished != nil:
		return say(CodeUnfinished, string(d.Unfinished.Verb)+" not finished", "")
	case d.Error != nil:
		return say(CodeUnreadable, "cannot be read: "+d.Error.Reason, "")
	case d.Reserved:
		return nil
	case !d.Present && d.Slot == pciback.SlotRegistered:
		return say(CodeNoDevice, "no such device, but the next one at this address goes to pciback", "'xenpci unhide "+d.Device.String()+"' removes the slot")
	case !d.Present:
		return say(CodeNoDevice, "no such device", "")
	case d.Hidden() && d.Slot == pciback.SlotAbsent:
		return say(CodeNoSlot, "hidden, but its slot is not registered", "'xenpci hide "+d.Device.String()+"' registers it")
	case d.GivenBack:
		return say(CodeGivenBack, "it is declared, and somebody gave it back to dom0", "'xenpci hide "+d.Device.String()+"' hides it again")
	case !d.Hidden() && d.Declared:
		return say(CodeNotHidden, "it is declared, and not hidden", "'xenpci apply' hides it, and 'xenpci verify' says what is wrong")
	case !d.Hidden() && d.WantedBy != "":
		return say(CodeNotHidden, d.WantedBy.String()+" asks for it to be hidden, and it is not", d.WantedBy.advice())
	}
	return nil
}
