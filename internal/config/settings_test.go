package config

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSettings(t *testing.T) {
	const keys = "textfile, group, on-drift, interval"
	for _, test := range []struct {
		name, text string
		want       Settings
		problems   string
	}{
		{"nothing", "", Settings{OnDrift: DriftHide, Interval: 60}, ""},
		{
			"everything", "# ours\ntextfile = \"/var/lib/node/\" # x\ngroup = 'wheel'\non-drift = \"report\"\ninterval = 10\n",
			Settings{"/var/lib/node", "wheel", DriftReport, 10}, "",
		},
		{"a number in another form", "interval = 0xe_10", Settings{OnDrift: DriftHide, Interval: 3600}, ""},
		{
			"unknown keys", "on-drift = \"hide\"\nintervall = 10\n port = 9100\ndevice.x = 1\n", Settings{OnDrift: DriftHide, Interval: 60},
			`2:1: "intervall" | "interval"?
3:2: "port" | ` + keys + `
4:1: "device.x" | ` + keys,
		},
		{
			"wrong types", "textfile = true\ngroup = 0\non-drift = [\"hide\"]\ninterval = \"60\"\n", Settings{OnDrift: DriftReport, Interval: 60},
			`1:12: "textfile" | true or false | in quotes
2:9: "group" | number | in quotes
3:12: "on-drift" | array | in quotes
4:12: "interval" | string | whole number`,
		},
		{
			"bad values", "textfile = \"node\"\ngroup = \"a:b\"\non-drift = \"Hide\"\ninterval = 9\n", Settings{OnDrift: DriftReport, Interval: 60},
			`1:12: textfile: "node" | absolute
2:9: group: | colon
3:12: on-drift: "Hide" | "hide" | "report"
4:12: interval: "9" | 10 to 3600`,
		},
		{
			"other bad values", "textfile = \"/a\\nb\"\ngroup = \"\"\ninterval = 3601\n", Settings{OnDrift: DriftReport, Interval: 60},
			`1:12: textfile: | line break
2:9: group: | empty
3:12: interval: "3601" | 10 to 3600`,
		},
		{
			"a fraction, and a number that no integer holds", "interval = 60.0\n", Settings{OnDrift: DriftReport, Interval: 60},
			`1:12: "interval" | number | whole number`,
		},
		{
			"a key twice", "interval = 20\ninterval = 30\n", Settings{OnDrift: DriftReport, Interval: 20},
			`2:1: "interval" | twice in the file`,
		},
		{
			"tables", "group = \"a\"\n[daemon]\ninterval = 20\n[[device]]\naddress = \"00:01.0\"\n", Settings{Group: "a", OnDrift: DriftReport, Interval: 60},
			`2:2: "daemon" | ` + keys + `
4:3: "device" | ` + keys,
		},
		{
			"no TOML", "group = \"a\"\non-drift: report\ninterval = 20\n", Settings{Group: "a", OnDrift: DriftReport, Interval: 60},
			`2:9: TOML`,
		},
		{"too large", strings.Repeat("#", maxFile+1), Settings{OnDrift: DriftReport, Interval: 60}, " 256 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, problems := ReadSettings(tree(t, SettingsFile, test.text))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			for i := range problems {
				if problems[i].File != SettingsFile {
					t.Errorf("%v is about another file", problems[i])
				}
				problems[i].File = ""
			}
			are(t, problems, test.problems)
		})
	}
}

func TestReadSettingsNone(t *testing.T) {
	got, problems := ReadSettings(tree(t))
	if diff := cmp.Diff(Settings{OnDrift: DriftHide, Interval: 60}, got); diff != "" || problems != nil {
		t.Error(diff, problems)
	}
}

// TestReadSettingsUnreadable moves no device where the file cannot be read.
func TestReadSettingsUnreadable(t *testing.T) {
	f := tree(t)
	if err := os.MkdirAll(f.Path(SettingsFile), 0o755); err != nil {
		t.Fatal(err)
	}
	got, problems := ReadSettings(f)
	if diff := cmp.Diff(Settings{OnDrift: DriftReport, Interval: 60}, got); diff != "" {
		t.Error(diff)
	}
	are(t, problems, SettingsFile+": regular file")
}
