package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func (a *app) reportImported(im passthrough.Imported) {
	a.warnOfImported(im)
	if len(im.Settings)+len(im.Parameters) == 0 {
		fmt.Fprintln(a.Out, "no setting of others that hides a device was found; looked at:")
		for _, source := range im.LookedAt {
			fmt.Fprintf(a.Out, "    %s\n", source)
		}
		return
	}
	for _, d := range im.Devices {
		fmt.Fprintf(a.Out, "%s: %s\n", d.Device, importSentence(d, im.Written))
		for _, s := range im.Settings {
			if slices.Contains(s.Devices, d.Device) {
				fmt.Fprintf(a.Out, "    %s\n", settingLine(s))
			}
		}
	}
	a.printOthers(im)
	a.printParameters(im)
	a.printNext(im)
}

// warnOfImported prints what is wrong with the settings, what could not be read,
// and what dom0 would lose.
func (a *app) warnOfImported(im passthrough.Imported) {
	if im.Pciback != nil {
		a.warnOf([]passthrough.Remark{*im.Pciback})
	}
	for _, s := range im.Settings {
		for _, problem := range slices.Concat(s.Problems, s.Kernel) {
			a.warn(s.Where() + ": " + printable(problem, maxSentence))
		}
	}
	for _, text := range im.Unread {
		a.warn(printable(text, maxSentence))
	}
	a.warnOf(im.Notes)
	a.warnOf(im.Problems)
	a.warnOf(im.List)
	for _, d := range im.Devices {
		for _, f := range d.Needed {
			a.warn(d.Device.String() + ": " + withAdvice(f.Reason, f.Advice))
		}
	}
}

// importSentence returns what becomes of a device.
func importSentence(d passthrough.ImportedDevice, written bool) string {
	declared, not := "would be declared", "would not be declared"
	if written {
		declared, not = "declared", "not declared"
	}
	switch {
	case d.Refused != nil && len(d.Needed) > 0:
		return not + ", since dom0 needs it; --force declares it anyway"
	case d.Refused != nil:
		return not + ": " + printable(withAdvice(d.Refused.Reason, d.Refused.Advice), maxSentence)
	case d.Declared != nil:
		return fmt.Sprintf("is declared already, in %s:%d", d.Declared.File, d.Declared.Line)
	case d.Outcome == passthrough.ImportLeftOut:
		return "left out: it is not there, and no setting that names it has an effect; --ineffective declares it by its address alone"
	case !d.There:
		return "is not there; " + declared + " by its address alone, for any card that will be there"
	}
	return declared
}

// printOthers prints the settings that name no device.
func (a *app) printOthers(im passthrough.Imported) {
	first := true
	for _, s := range im.Settings {
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

// printParameters prints what is set beside the lists, and what becomes of it.
func (a *app) printParameters(im passthrough.Imported) {
	if len(im.Parameters) > 0 {
		fmt.Fprintln(a.Out, "beside the lists:")
	}
	for _, p := range im.Parameters {
		fmt.Fprintf(a.Out, "    %s: %s: %s\n", p.Where(), clean(p.Text), printable(p.Reason, maxSentence))
	}
}

// printNext prints what would be written, and what is to be done next.
func (a *app) printNext(im passthrough.Imported) {
	var tables strings.Builder
	for _, d := range im.Devices {
		if d.Table != "" {
			tables.WriteString("\n" + d.Table)
		}
	}
	switch {
	case tables.Len() == 0:
	case im.Written:
		fmt.Fprintln(a.Out, hiddenSoFar(im))
		fmt.Fprintln(a.Out, "what others have written is unchanged")
	default:
		fmt.Fprintf(a.Out, "\n%s would get this, by 'xenpci import --write':\n%s", passthrough.ListFile, tables.String())
	}
}

func settingLine(s passthrough.ImportedSetting) string { return s.Where() + ": " + clean(s.Text) }

// How much is shown on a line of a setting, and of a sentence that has parts of settings in it.
const (
	maxSetting  = 200
	maxSentence = 1000
)

// clean returns a setting of somebody's file as it is shown.
func clean(text string) string { return printable(text, maxSetting) }

// printable makes a text with parts of somebody's file safe to show on a terminal, and no longer
// than the limit in bytes.
func printable(text string, limit int) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return text
}

// hiddenSoFar returns what hides the devices that were declared just now.
func hiddenSoFar(im passthrough.Imported) string {
	declared, byOthers := 0, 0
	for _, d := range im.Devices {
		if d.Outcome != passthrough.ImportDone {
			continue
		}
		if declared++; len(d.HiddenBy) > 0 {
			byOthers++
		}
	}
	switch byOthers {
	case declared:
		return "the settings above hide them at every boot, as before; with 'xenpci boot enable' xenpci hides them"
	case 0:
		return "nothing is hidden by that yet: 'xenpci boot enable' has them hidden at every boot"
	}
	return fmt.Sprintf("the settings above hide %d of them at every boot, as before; 'xenpci boot enable' has all hidden", byOthers)
}
