package passthrough

import "runtime"

// Version is the version of xenpci: of this library, the command and the daemon.
const Version = "0.1.0"

// Build is what a program of xenpci was built from.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"` // absent where it is not known
	Date    string `json:"date,omitempty"`   // of the commit, as RFC 3339 has it: "2026-11-29T14:34:48Z"
	Go      string `json:"go"`               // the release of Go: "go1.26.8"
}

// NewBuild returns what the calling program was built from, at a commit and its date.
func NewBuild(commit, date string) Build {
	return Build{Version: Version, Commit: commit, Date: date, Go: runtime.Version()}
}

// String returns "0.1.0 (commit 0e102d07a3c1, 2026-11-29T14:34:48Z)".
func (b Build) String() string {
	switch {
	case b.Commit == "":
		return b.Version
	case b.Date == "":
		return b.Version + " (commit " + b.Commit + ")"
	}
	return b.Version + " (commit " + b.Commit + ", " + b.Date + ")"
}
