package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func newStatusCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [ID...]",
		Short: "Show what is hidden, registered, assigned or wanted, and whether pciback is there",
		Long: `status prints a line on pciback itself, with what to do when it is not there,
and a line for each device that is hidden, registered in pciback's slots,
assigned to a guest, wanted by driver_override or hide=, or left unfinished by
an earlier run. With IDs it prints the lines of those devices, whatever their
state.`,
		Example: `  xenpci status
  xenpci status 00:09.0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runStatus(cmd.Context(), a, args)
		},
	}
}

func runStatus(ctx context.Context, a *app, ids []string) error {
	status, lines, err := a.look(ctx, ids)
	if err != nil {
		return err
	}
	if a.json {
		return document{Verb: "status", Result: statusDocument(status, lines)}.print(a.Out)
	}
	a.warnOf(status.Notes)
	return printStatus(a.Out, status, lines)
}

// look ends what an earlier run left and reads the status of the devices that
// ids name, or of all that concern pciback.
func (a *app) look(ctx context.Context, ids []string) (engine.Status, []statusLine, error) {
	chosen, err := a.selectDevices(ids)
	if err != nil {
		return engine.Status{}, nil, err
	}
	a.recoverFirst(ctx)
	status, err := a.engine().Status(ctx, chosen...)
	return status, a.statusLines(status), err
}

// warnOf says what a status could not find out. A document has it in itself.
func (a *app) warnOf(notes []string) {
	for _, note := range notes {
		a.warn(note)
	}
}

// recoverFirst ends what an earlier run left, as every verb does; only root
// can.
func (a *app) recoverFirst(ctx context.Context) {
	if a.needRoot("", false) != nil {
		return
	}
	if err := a.engine().Recover(ctx); err != nil {
		a.warn("what an earlier run left could not be completed: " + err.Error())
	}
}

// statusLine is one device of a status.
type statusLine struct {
	Device     pci.Address       `json:"device"`
	Present    bool              `json:"present"`
	Name       string            `json:"name,omitempty"`
	Driver     string            `json:"driver,omitempty"`
	Override   string            `json:"driver_override,omitempty"`
	Slot       pciback.SlotState `json:"slot"`
	Guest      *pciback.Guest    `json:"guest,omitempty"`
	WantedBy   string            `json:"wanted_by,omitempty"`
	Unfinished string            `json:"unfinished,omitempty"`
}

func (a *app) statusLines(status engine.Status) []statusLine {
	var present []pci.Address
	for _, d := range status.Devices {
		if d.Present {
			present = append(present, d.Device)
		}
	}
	// A name that cannot be read is not shown; the rest of the line is.
	devices, _ := pci.Read(a.root, present, 0)
	names, _ := a.names()
	lines := make([]statusLine, len(status.Devices))
	for i, d := range status.Devices {
		lines[i] = newStatusLine(d)
		if at := slices.IndexFunc(devices, func(p pci.Device) bool { return p.Address == d.Device }); at >= 0 {
			lines[i].Name = model(devices[at], names)
		}
	}
	return lines
}

// newStatusLine is a line without the name.
func newStatusLine(d engine.DeviceStatus) statusLine {
	return statusLine{
		Device:     d.Device,
		Present:    d.Present,
		Driver:     d.State.Driver,
		Override:   d.State.Override,
		Slot:       d.State.Slot,
		Guest:      d.Guest,
		WantedBy:   d.WantedBy,
		Unfinished: d.Unfinished,
	}
}

func printStatus(w io.Writer, status engine.Status, lines []statusLine) error {
	fmt.Fprintln(w, "pciback: "+moduleLine(status))
	if len(lines) == 0 {
		return nil
	}
	header := []string{"ADDRESS", "DRIVER", "SLOT", "GUEST", "NAME"}
	if slices.ContainsFunc(lines, func(l statusLine) bool { return l.remark() != "" }) {
		header = append(header, "REMARK")
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, l := range lines {
		cells := append(l.cells(), l.remark())
		// The last cell is not padded, so that no line ends in blanks.
		fmt.Fprintln(table, strings.TrimRight(strings.Join(cells[:len(header)], "\t"), "\t"))
	}
	return table.Flush()
}

func (l statusLine) cells() []string {
	guest := "-"
	if l.Guest != nil {
		guest = fmt.Sprintf("%s (%d)", l.Guest.Name, l.Guest.ID)
	}
	return []string{l.Device.String(), cmp.Or(l.Driver, "-"), l.Slot.String(), guest, l.Name}
}

func moduleLine(status engine.Status) string {
	m := status.Module
	text := string(m.Presence)
	if m.Presence == pciback.Loaded {
		text += fmt.Sprintf(" (module %s)", m.Name)
	}
	if advice := m.Advice(); advice != "" {
		return text + "; " + advice
	}
	if status.Slots.Cut {
		text += fmt.Sprintf("; more slots are registered than the kernel shows (%d)", len(status.Slots.Addresses))
	}
	return text
}

// remark says in words what the columns do not.
func (l statusLine) remark() string {
	switch {
	case l.Unfinished != "":
		what, why, _ := strings.Cut(l.Unfinished, ": ")
		if why != "" {
			what += "; 'xenpci show " + l.Device.String() + "' says why"
		}
		return what
	case !l.Present:
		return "no such device"
	case l.Driver == pciback.Name && l.Slot == pciback.SlotAbsent:
		return "hidden, but its slot is not registered"
	case l.Driver != pciback.Name && l.WantedBy != "":
		return "wanted by " + l.WantedBy + ", and not hidden"
	}
	return ""
}

// statusResult is what a document says of a status.
type statusResult struct {
	Pciback moduleResult `json:"pciback"`
	Devices []statusLine `json:"devices"`
	Notes   []string     `json:"notes,omitempty"`
}

type moduleResult struct {
	Presence pciback.Presence `json:"presence"`
	Module   string           `json:"module"`
	Kernel   string           `json:"kernel"`
	Option   string           `json:"option"`
	Value    string           `json:"option_value,omitempty"`
	Dom0     bool             `json:"dom0"`
	Advice   string           `json:"advice,omitempty"`
}

func statusDocument(status engine.Status, lines []statusLine) statusResult {
	m := status.Module
	return statusResult{
		Pciback: moduleResult{m.Presence, m.Name, m.Release, m.Option, m.Value, m.Dom0, m.Advice()},
		Devices: lines,
		Notes:   status.Notes,
	}
}
