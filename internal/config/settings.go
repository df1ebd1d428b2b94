package config

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// SettingsFile has the settings of the daemon, without the root.
const SettingsFile = "/etc/xenpci/daemon.toml"

// The bounds of Settings.Interval, and what applies without the key, in seconds.
const (
	minInterval     = 10
	maxInterval     = 3600
	defaultInterval = 60
)

// Settings are the settings of the daemon.
type Settings struct {
	Textfile string // textfile: the absolute path of the folder for the metrics; "" for none
	Group    string // group: the group that may read over the socket; "" for none
	OnDrift  Drift  // on-drift: what is done where a declared device is in dom0
	Interval int    // interval: seconds between two looks at everything
}

// Drift is what the daemon does where a declared device is in dom0.
type Drift string

// What the daemon can do.
const (
	DriftHide   Drift = "hide"   // hide it, as 'xenpci apply' does
	DriftReport Drift = "report" // report it, and leave it where it is
)

// settingFields returns all keys of the settings.
func settingFields() []field[Settings] {
	return []field[Settings]{
		{key: "textfile", kind: unstable.String, set: setTextfile},
		{key: "group", kind: unstable.String, set: setGroup},
		{key: "on-drift", kind: unstable.String, set: func(s *Settings, v string) (err error) { s.OnDrift, err = parseDrift(v); return }},
		{key: "interval", kind: unstable.Integer, set: setInterval},
	}
}

// ReadSettings reads the settings. No file is an empty one. Instead of what is wrong
// in it, what applies without the key is used, but for OnDrift: where anything is
// wrong and the rest does not set it, it is DriftReport, so that no device is moved
// on a misunderstanding.
func ReadSettings(f sysfs.FS) (Settings, Problems) {
	file, err := readFile(f, SettingsFile)
	s, problems := parseSettings(file.Content)
	if err != nil {
		problems = Problems{{File: SettingsFile, Reason: err.Error()}}
	}
	switch {
	case s.OnDrift == "" && len(problems) > 0:
		s.OnDrift = DriftReport
	case s.OnDrift == "":
		s.OnDrift = DriftHide
	}
	return s, problems.most().sorted()
}

// parseSettings parses the text of SettingsFile. OnDrift is "" where the text does
// not set it.
func parseSettings(text []byte) (Settings, Problems) {
	doc := parseTOML(SettingsFile, text)
	known := settingFields()
	for _, t := range doc.tables {
		doc.problem(t.at, "unknown table "+quote(t.name), "the settings are in no table: "+strings.Join(keysOf(known), ", "))
	}
	s := Settings{Interval: defaultInterval}
	readKeys(doc, &s, doc.top, known, "the file")
	return s, doc.problems
}

func setTextfile(s *Settings, v string) error {
	if err := checkLine(v); err != nil {
		return err
	}
	if !path.IsAbs(v) {
		return fmt.Errorf("%s is not an absolute path such as \"/var/lib/prometheus/node-exporter\"", quote(v))
	}
	s.Textfile = path.Clean(v)
	return nil
}

// errNoGroup is about the characters that end a name in /etc/group.
var errNoGroup = errors.New("contains a colon or a comma, which no group's name has")

func setGroup(s *Settings, v string) error {
	if err := checkLine(v); err != nil {
		return err
	}
	if strings.ContainsAny(v, ":,") {
		return errNoGroup
	}
	s.Group = v
	return nil
}

func parseDrift(v string) (Drift, error) {
	switch d := Drift(v); d {
	case DriftHide, DriftReport:
		return d, nil
	}
	return "", fmt.Errorf("%s is neither \"hide\" nor \"report\"", quote(v))
}

// setInterval takes a number in any of TOML's forms.
func setInterval(s *Settings, v string) error {
	seconds, err := strconv.ParseInt(v, 0, 64)
	if err != nil || seconds < minInterval || seconds > maxInterval {
		return fmt.Errorf("%s is not a number of seconds from %d to %d", quote(v), minInterval, maxInterval)
	}
	s.Interval = int(seconds)
	return nil
}
