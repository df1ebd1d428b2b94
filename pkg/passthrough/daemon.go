package passthrough

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What clients of xenpcid need to know. docs/daemon.md describes the interface.
const (
	DaemonSocket    = "/run/xenpci/io.xenpci" // the daemon's varlink socket, without the root
	DaemonInterface = "io.xenpci"             // the interface there

	// DaemonLock is a file that the one daemon of a machine has locked with flock(2) as
	// long as it runs, without the root. It has the number of the daemon's process.
	DaemonLock = "/run/xenpci/daemon.lock"
)

// daemonName is the daemon's name in /proc/PID/comm.
const daemonName = "xenpcid"

// daemonProcess returns the number of the daemon's process; 0 where none runs. To lock
// DaemonLock here, even for a moment, could keep a daemon from starting.
func (v *View) daemonProcess() int {
	text, err := v.fs.Attribute(DaemonLock)
	if err != nil {
		return 0
	}
	process, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || process <= 0 {
		return 0
	}
	if name, err := v.fs.Attribute(fmt.Sprintf("/proc/%d/comm", process)); err != nil || name != daemonName {
		return 0
	}
	return process
}

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
