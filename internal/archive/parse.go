package archive

import (
	"encoding/hex"
	"io/fs"
	"strconv"
	"strings"
)

// Parse parses the text form. The error names the invalid entry.
func Parse(text []byte) (Archive, error) {
	if len(text) > SizeLimit {
		return Archive{}, &SizeError{Size: len(text)}
	}
	var a Archive
	var body strings.Builder
	var marker string
	flush := func() error {
		if marker == "" {
			a.Comment = body.String()
			return nil
		}
		e, err := entry(marker, body.String())
		a.Entries = append(a.Entries, e)
		return err
	}
	for line := range strings.Lines(string(text)) {
		name, ok := markerName(line)
		if !ok {
			body.WriteString(line)
			continue
		}
		if err := flush(); err != nil {
			return Archive{}, err
		}
		marker = name
		body.Reset()
	}
	if body.Len() > 0 && !strings.HasSuffix(body.String(), "\n") {
		body.WriteByte('\n')
	}
	if err := flush(); err != nil {
		return Archive{}, err
	}
	return a, a.Check()
}

// markerName returns the text between the dashes of a marker line.
func markerName(line string) (string, bool) {
	line = strings.TrimSuffix(line, "\n")
	if len(line) < len("-- x --") || !strings.HasPrefix(line, "-- ") || !strings.HasSuffix(line, " --") {
		return "", false
	}
	name := strings.TrimSpace(line[len("-- ") : len(line)-len(" --")])
	return name, name != ""
}

func entry(marker, body string) (Entry, error) {
	if name, target, ok := strings.Cut(marker, " -> "); ok {
		return Entry{Path: name, Target: target}, noBody(name, body)
	}
	if name, ok := strings.CutSuffix(marker, "/"); ok {
		return Entry{Path: name, Dir: true}, noBody(name, body)
	}
	name, notes := marker, ""
	if i := strings.LastIndex(marker, " ("); i >= 0 && strings.HasSuffix(marker, ")") {
		name, notes = marker[:i], marker[i+2:len(marker)-1]
	}
	e := Entry{Path: name, Mode: DefaultMode(name), Data: []byte(body)}
	for note := range strings.FieldsSeq(notes) {
		if note == "hex" {
			data, err := hex.DecodeString(strings.Join(strings.Fields(body), ""))
			if err != nil {
				return Entry{}, &EntryError{Path: name, Reason: err.Error()}
			}
			e.Data = data
			continue
		}
		mode, err := strconv.ParseUint(note, 8, 9)
		if err != nil {
			return Entry{}, &EntryError{Path: name, Reason: "neither hex nor a mode: " + strconv.Quote(note)}
		}
		e.Mode = fs.FileMode(mode)
	}
	return e, nil
}

func noBody(name, body string) error {
	if strings.TrimSpace(body) != "" {
		return &EntryError{Path: name, Reason: "only a file has a body"}
	}
	return nil
}
