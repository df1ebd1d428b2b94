package passthrough

import "time"

// What clients of xenpcid need to know. docs/daemon.md describes the interface.
const (
	DaemonSocket    = "/run/xenpci/io.xenpci" // the daemon's varlink socket, without the root
	DaemonInterface = "io.xenpci"             // the interface there
)

// DaemonStatus is what the daemon's method Status returns.
type DaemonStatus struct {
	Version  string           `json:"version"`
	PID      int              `json:"pid"`
	Started  time.Time        `json:"started"`
	Looked   time.Time        `json:"looked"`    // the end of its last look
	Summary  string           `json:"summary"`   // how many devices are in which state
	ListGood bool             `json:"list_good"` // the declared list and the settings can be read completely
	Devices  []DeclaredDevice `json:"devices"`
	Status   Status           `json:"status"` // of pciback, and of the devices that were asked for
}

// DaemonNews is one reply of the daemon's method Subscribe: all declared devices first,
// and then one change each.
type DaemonNews struct {
	Sequence uint64           `json:"sequence"`          // of the last change
	Devices  []DeclaredDevice `json:"devices,omitempty"` // in the first reply
	Change   *DeclaredChange  `json:"change,omitempty"`  // in all others
}
