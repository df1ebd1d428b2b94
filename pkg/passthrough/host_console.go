package passthrough

import (
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/console"
	"github.com/xenpci/xenpci/internal/hypervisor"
)

// HostConsole is the serial console of the Xen host, from the firmware to a login.
type HostConsole struct {
	Port  string            `json:"port,omitempty"`  // on which Xen has its console when it boots next: "com1"
	Speed int               `json:"speed,omitempty"` // of the port, in baud
	Links []HostConsoleLink `json:"links"`           // in the order in which a boot passes them

	Change *HostConsoleChange `json:"change,omitempty"` // of SetUpHostConsole and RemoveHostConsole
}

// Class returns ClassFailed if a link is broken. A link of which nothing is known does not matter.
func (c HostConsole) Class() Class {
	for _, l := range c.Links {
		if l.State == HostLinkBroken {
			return ClassFailed
		}
	}
	return ClassDone
}

// HostConsoleLink is one link of the chain: whether it does its part when the host boots next, and
// whether the running system shows that.
type HostConsoleLink struct {
	Name     HostLinkName  `json:"name"`
	State    HostLinkState `json:"state"`
	Code     HostLinkCode  `json:"code"`
	Place    *HostPlace    `json:"place,omitempty"`
	Word     string        `json:"word,omitempty"`  // of a command line or a file, as it is written
	Speed    int           `json:"speed,omitempty"` // in baud, of the links that have one
	Reason   string        `json:"reason"`
	Advice   string        `json:"advice,omitempty"`
	Proof    HostLinkProof `json:"proof"`
	Evidence string        `json:"evidence"` // what the running system shows, or why it shows nothing
}

// HostLinkName is the name of a link.
type HostLinkName string

// The links, in the order in which a boot passes them.
const (
	HostLinkFirmware  HostLinkName = "firmware"    // the firmware's own console
	HostLinkLoader    HostLinkName = "boot_loader" // its menu
	HostLinkXen       HostLinkName = "xen"         // Xen's messages, and dom0's console behind them
	HostLinkDom0      HostLinkName = "dom0"        // the messages of dom0's kernel, and /dev/console
	HostLinkGetty     HostLinkName = "getty"       // a login prompt on hvc0
	HostLinkSecuretty HostLinkName = "securetty"   // where root may log in
)

// HostLinkState is whether a link does its part.
type HostLinkState string

// The states.
const (
	HostLinkHolds   HostLinkState = "holds"
	HostLinkBroken  HostLinkState = "broken"
	HostLinkUnknown HostLinkState = "unknown" // the files do not tell
)

// HostLinkProof is whether the running system shows that a link does its part.
type HostLinkProof string

// The proofs.
const (
	HostLinkProven   HostLinkProof = "proven"   // it is so now
	HostLinkRefuted  HostLinkProof = "refuted"  // it is not so now
	HostLinkUnproven HostLinkProof = "unproven" // the running system does not show it
)

// HostConsole follows the serial console of the host, link by link. It runs no program and changes
// nothing.
func (v *View) HostConsole() HostConsole {
	chain := console.Read(v.fs, v.nextBoot(), v.askConsole())
	return HostConsole{Port: chain.Port, Speed: chain.Speed, Links: newHostConsoleLinks(chain.Links)}
}

func newHostConsoleLinks(links []console.Link) []HostConsoleLink {
	all := []HostConsoleLink{}
	for _, l := range links {
		shown := HostConsoleLink{
			Name: HostLinkName(l.Name), State: HostLinkState(l.State), Code: HostLinkCode(l.Code), Word: l.Word, Speed: l.Speed,
			Reason: l.Reason, Advice: l.Advice, Proof: HostLinkProof(l.Proof), Evidence: l.Evidence,
		}
		if l.Place.File != "" {
			place := newHostPlace(l.Place)
			shown.Place = &place
		}
		all = append(all, shown)
	}
	return all
}

// askConsole asks the running Xen about its console.
func (v *View) askConsole() console.Asked {
	line, err := v.XenCommandLine()
	if err != nil {
		return console.Asked{Err: err}
	}
	asked := console.Asked{Line: hostboot.ReadRunning(v.fs, line).XenLine}
	xen, err := hypervisor.OpenRunning(v.fs)
	if err != nil {
		return console.Asked{Err: err}
	}
	defer xen.Close()
	asked.Bad, asked.Err = xen.BadConsole()
	return asked
}
