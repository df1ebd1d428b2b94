package passthrough

import (
	"context"
	"time"

	"github.com/xenpci/xenpci/internal/hypervisor"
)

// XenLogLine is a line that Xen printed.
type XenLogLine struct {
	Text string  `json:"text"`                 // without its newline; bytes that are not UTF-8 may be in it
	Mark XenMark `json:"mark,omitempty"`       // absent for most lines
	Lost uint32  `json:"lost_bytes,omitempty"` // how much before it Xen has no more: newer lines took its place, or somebody cleared the log
	Cut  bool    `json:"cut,omitempty"`        // it is not a whole line: its beginning is lost, or is the line before
}

const (
	// xenLogInterval is how often Xen is asked for new lines.
	xenLogInterval = time.Second / 2
	// xenLogLimit is how much is read of a log that is not followed. Xen's ring is
	// smaller (conring_size=); without a limit a Xen that prints faster than it is
	// read would never come to an end.
	xenLogLimit = 64 << 20
)

// XenLog calls report for each line that Xen has kept of what it printed since it
// started, the oldest first, as "xl dmesg" prints them. It leaves the log as it is.
// With follow it goes on with the lines that come, until the context ends, and then
// returns nil. An error of report ends it and is returned. CodeNotXen says that this
// machine, or the tree, has no running Xen.
func (v *View) XenLog(ctx context.Context, follow bool, report func(XenLogLine) error) error {
	xen, err := hypervisor.OpenRunning(v.fs)
	if err != nil {
		return err
	}
	defer xen.Close()
	console := xen.Console()
	var lines hypervisor.Lines
	for total := 0; follow || total < xenLogLimit; {
		if ctx.Err() != nil {
			return nil
		}
		text, lost, err := console.Read()
		if err != nil {
			return err
		}
		if err := reportLines(lines.Add(text, lost), report); err != nil {
			return err
		}
		total += len(text)
		if len(text) > 0 {
			continue
		}
		if !follow {
			break
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(xenLogInterval):
		}
	}
	return reportLines(lines.Rest(), report)
}

func reportLines(lines []hypervisor.Line, report func(XenLogLine) error) error {
	for _, l := range lines {
		if err := report(XenLogLine{Text: l.Text, Mark: XenMark(l.Mark), Lost: l.Lost, Cut: l.Cut}); err != nil {
			return err
		}
	}
	return nil
}
