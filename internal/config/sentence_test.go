package config

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// TestSentences has every fact of a finding in what people read of it.
func TestSentences(t *testing.T) {
	two, three, four := pci.Address{Bus: 2}, pci.Address{Bus: 3}, pci.Address{Bus: 4}
	here := Declared{Device: Device{Address: two}, File: File, Line: 7}
	other := Declared{File: DropIns + "/x.toml", Line: 9}
	serial := Difference{What: "serial number", Declared: serialA, Now: serialB}
	for _, test := range []struct {
		name    string
		finding Finding
		reason  string // facts in it
		advice  string
	}{
		{"in place", Finding{Outcome: InPlace, Evidence: ByPath}, "declared", ""},
		{"by its address alone", Finding{Outcome: InPlace, Evidence: ByAddress}, "address", ""},
		{"moved", Finding{Outcome: Moved, Now: three, Evidence: BySerial}, "0000:03:00.0 | serial number", ""},
		{"another", Finding{Outcome: Another, Now: two, Because: serial}, "another card | serial number | " + serialA + " | " + serialB + " | dom0", ""},
		{"another elsewhere", Finding{Outcome: Another, Now: three, Because: serial, Candidates: []pci.Address{four}}, "another card | 0000:03:00.0 | 0000:04:00.0 | dom0", ""},
		{"absent", Finding{Outcome: Absent}, "not there", ""},
		{"ambiguous", Finding{Outcome: Ambiguous, Candidates: []pci.Address{three, four}}, "0000:03:00.0 and 0000:04:00.0 | dom0", "serial number | path"},
		{"one of its kind", Finding{Outcome: Ambiguous, Candidates: []pci.Address{three}}, "0000:03:00.0 | dom0", "declare it again"},
		{"claimed", Finding{Outcome: Claimed, Now: three, Others: []Declared{other}}, "more than once | 0000:03:00.0 | " + DropIns + "/x.toml:9 | dom0", "all but one"},
		{"lost", Finding{Outcome: Claimed, Now: three, Others: []Declared{other}, Lost: true}, "not there | 0000:03:00.0 | " + DropIns + "/x.toml:9", ""},
		{"lost, in its own place", Finding{Outcome: Claimed, Now: two, Others: []Declared{other}, Lost: true}, "belongs to the declaration at " + DropIns + "/x.toml:9", ""},
		{"with a note", Finding{Outcome: InPlace, Evidence: ByMAC, Notes: []Difference{serial}}, "", ""},
	} {
		test.finding.Declared = here
		for fact := range strings.SplitSeq(test.reason, " | ") {
			if !strings.Contains(test.finding.Reason(), fact) {
				t.Errorf("%s: the reason %q does not have %q", test.name, test.finding.Reason(), fact)
			}
		}
		for fact := range strings.SplitSeq(test.advice, " | ") {
			if !strings.Contains(test.finding.Advice(), fact) || (test.advice == "") != (test.finding.Advice() == "") {
				t.Errorf("%s: the advice %q does not have %q", test.name, test.finding.Advice(), fact)
			}
		}
		text := test.finding.String()
		for _, part := range []string{"0000:02:00.0 ", test.finding.Reason(), test.finding.Advice()} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q does not have %q", test.name, text, part)
			}
		}
		for _, note := range test.finding.Notes {
			if !strings.Contains(text, note.String()) {
				t.Errorf("%s: %q does not have %q", test.name, text, note)
			}
		}
	}
}
