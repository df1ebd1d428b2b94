package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/foreign"
	"github.com/xenpci/xenpci/pkg/pci"
)

// importResult is what a document says of import.
type importResult struct {
	Devices  []importedDevice `json:"devices"`
	Settings []importSetting  `json:"settings"`
	Notes    []string         `json:"notes,omitempty"`  // what could not be found out
	Unread   []string         `json:"unread,omitempty"` // files, or parts of them
}

// importedDevice is one device that others have configured.
type importedDevice struct {
	Device   pci.Address     `json:"device"`
	There    bool            `json:"there"`
	Driver   string          `json:"driver,omitempty"` // now
	Outcome  string          `json:"outcome"`          // "planned", "done", "already" or "refused"
	Places   []string        `json:"places"`           // where it is meant
	Declared *declaredDevice `json:"declared,omitempty"`
	Refused  string          `json:"refused,omitempty"` // why it is not declared
	Needed   []string        `json:"needed,omitempty"`  // what dom0 would lose, also where it was forced
	Table    string          `json:"table,omitempty"`   // of TOML, that is added to the list
}

// importSetting is one place that is about hiding.
type importSetting struct {
	File     string        `json:"file"`
	Line     int           `json:"line,omitempty"` // absent where the file is one line, or its name is what counts
	Text     string        `json:"text"`
	Devices  []pci.Address `json:"devices"`
	Problems []string      `json:"problems,omitempty"`
}

// status is the exit status: nothing is missing, and what was to be declared is.
func (im *importing) status(o *importOptions) int {
	status := StatusDone
	if len(im.settings.Unread)+len(im.notes)+len(im.declared.problems) > 0 {
		status = StatusFailed
	}
	for _, d := range im.devices {
		switch {
		case !o.write || d.refused == nil:
		case len(d.needed) > 0 && status == StatusDone:
			status = StatusRefused
		case len(d.needed) == 0:
			status = StatusFailed
		}
	}
	return status
}

func (im *importing) report(a *app, o *importOptions) error {
	status := im.status(o)
	if a.json {
		if err := (document{Verb: "import", Status: status, Result: im.result(o)}).print(a.Out); err != nil {
			return err
		}
		return printed(status)
	}
	im.warn(a)
	if len(im.settings.All) == 0 {
		fmt.Fprintln(a.Out, "nobody else has configured any device for hiding")
		return printed(status)
	}
	for _, d := range im.devices {
		fmt.Fprintf(a.Out, "%s: %s\n", d.address, d.sentence(o))
		for _, s := range im.settings.All {
			if slices.Contains(s.Devices, d.address) {
				fmt.Fprintf(a.Out, "    %s\n", settingLine(s))
			}
		}
	}
	im.printOthers(a)
	im.printNext(a, o)
	return printed(status)
}

// warn says what is wrong with the settings, what could not be read, and what
// dom0 would lose.
func (im *importing) warn(a *app) {
	for _, s := range im.settings.All {
		for _, problem := range s.Problems {
			a.warn(s.Where.String() + ": " + clean(problem))
		}
	}
	for _, err := range im.settings.Unread {
		a.warn(clean(err.Error()))
	}
	a.warnOf(im.notes)
	a.warnOfDeclared(im.declared)
	for _, d := range im.devices {
		for _, sentence := range d.needed {
			a.warn(d.address.String() + ": " + sentence)
		}
	}
}

// sentence says what becomes of a device.
func (d *imported) sentence(o *importOptions) string {
	declared, not := "would be declared", "would not be declared"
	if o.write {
		declared, not = "declared", "not declared"
	}
	switch {
	case d.refused != nil && len(d.needed) > 0:
		return not + ", since dom0 needs it; --force declares it all the same"
	case d.refused != nil:
		return not + ": " + clean(d.refused.Error())
	case d.already != nil:
		return fmt.Sprintf("is declared already, in %s:%d", d.already.File, d.already.Line)
	case !d.there:
		return "is not there; " + declared + " by its address alone, for whatever comes to sit there"
	}
	return declared
}

// printOthers prints the settings that name no device.
func (im *importing) printOthers(a *app) {
	first := true
	for _, s := range im.settings.All {
		if len(s.Devices) > 0 {
			continue
		}
		if first {
			fmt.Fprintln(a.Out, "without a device:")
			first = false
		}
		fmt.Fprintf(a.Out, "    %s\n", settingLine(s))
	}
}

// printNext prints what would be written, and what is to be done next.
func (im *importing) printNext(a *app, o *importOptions) {
	var tables strings.Builder
	for _, d := range im.devices {
		if d.toml != "" {
			tables.WriteString("\n" + d.toml)
		}
	}
	switch {
	case tables.Len() == 0:
	case o.write:
		fmt.Fprintln(a.Out, "nothing is hidden by that yet: 'xenpci boot enable' has them hidden at every boot")
		fmt.Fprintln(a.Out, "what others have written is as it was")
	default:
		fmt.Fprintf(a.Out, "\n%s would get this, by 'xenpci import --write':\n%s", config.File, tables.String())
	}
}

func settingLine(s foreign.Setting) string { return s.Where.String() + ": " + clean(s.Text) }

// maxSetting is how much of a setting is shown on a line.
const maxSetting = 200

// clean is a text of somebody's file as it may be shown on a terminal.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
	if len(text) > maxSetting {
		text = strings.ToValidUTF8(text[:maxSetting], "") + "..."
	}
	return text
}

func (im *importing) result(o *importOptions) importResult {
	r := importResult{Devices: []importedDevice{}, Settings: []importSetting{}, Notes: im.notes}
	for _, p := range im.declared.problems {
		r.Notes = append(r.Notes, p.Error())
	}
	for _, err := range im.settings.Unread {
		r.Unread = append(r.Unread, err.Error())
	}
	for _, s := range im.settings.All {
		r.Settings = append(r.Settings, importSetting{s.File, s.Line, s.Text, append([]pci.Address{}, s.Devices...), s.Problems})
	}
	for _, d := range im.devices {
		r.Devices = append(r.Devices, im.document(d, o))
	}
	return r
}

func (im *importing) document(d imported, o *importOptions) importedDevice {
	doc := importedDevice{Device: d.address, There: d.there, Driver: d.driver, Outcome: "planned", Needed: d.needed, Table: d.toml}
	for _, s := range im.settings.All {
		if slices.Contains(s.Devices, d.address) {
			doc.Places = append(doc.Places, s.Where.String())
		}
	}
	switch {
	case d.refused != nil:
		doc.Outcome, doc.Refused = "refused", d.refused.Error()
	case d.already != nil:
		declared := newDeclaredDevice(*d.already)
		doc.Outcome, doc.Declared = "already", &declared
	case o.write:
		doc.Outcome = "done"
	}
	return doc
}
