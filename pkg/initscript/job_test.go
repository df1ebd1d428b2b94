package initscript_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/upstart"
)

func TestParseJob(t *testing.T) {
	const text = "# rc\n\n" +
		"start on (runlevel [0123]   # or\n   or starting rc RUNLEVEL=\"[45]\")\n" +
		"env A='b c'\\\n\n\n" +
		"pre-start script\n  echo end script\nend script # done\n" +
		"exec /bin/x \\\n  y"
	got, err := initscript.ParseJob(text, initscript.InitConf)
	if err != nil {
		t.Fatal(err)
	}
	want := initscript.Job{
		Head: "# rc\n\n",
		Stanzas: []initscript.Stanza{
			{
				Line: 3, Words: strings.Fields("start on ( runlevel [0123] or starting rc RUNLEVEL=[45] )"),
				Raw: "start on (runlevel [0123]   # or\n   or starting rc RUNLEVEL=\"[45]\")\n",
			},
			{Line: 5, Words: []string{"env", "A=b c"}, Raw: "env A='b c'\\\n\n\n"},
			{
				Line: 8, Words: []string{"pre-start", "script"}, Script: "  echo end script\n",
				Raw: "pre-start script\n  echo end script\nend script # done\n",
			},
			{Line: 11, Words: []string{"exec", "/bin/x", "y"}, Raw: "exec /bin/x \\\n  y"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseJob (-want +got):\n%s", diff)
	}
	if got.String() != text {
		t.Errorf("it comes back as\n%s", got)
	}
	if diff := cmp.Diff([]string{"runlevel [0123]", "starting rc RUNLEVEL=[45]"}, got.StartEvents()); diff != "" {
		t.Errorf("StartEvents (-want +got):\n%s", diff)
	}
}

// TestGrammar has a row for each rule of the two dialects.
func TestGrammar(t *testing.T) {
	tests := []struct {
		name, text     string
		eventD, inConf string // the errors; "" where it is accepted
	}{
		{"nothing", "", "", ""},
		{"one event", "start on startup\n", "", ""},
		{"an event with an argument", "stop on runlevel 2\n", "", ""},
		{"two events", "start on a or b\n", "line 1: start on: and, or and brackets are not allowed in /etc/event.d", ""},
		{"brackets", "start on (a and\nb)\n", "line 1: start on: and, or and brackets are not allowed in /etc/event.d", ""},
		{"a bracket too few", "\nstart on (a\n", "line 2: a bracket is not closed", "line 2: a bracket is not closed"},
		{"a bracket too many", "start on a)\n", "line 1: a bracket is closed that was not opened", "line 1: a bracket is closed that was not opened"},
		{"brackets side by side", "start on (a) (b)\n", "line 1: start on: and, or and brackets are not allowed in /etc/event.d", "line 1: start on: not expected: ("},
		{"no event", "start on\n", "line 1: start on: no event", "line 1: start on: an event is missing"},
		{"nothing behind or", "start on a or\n", "line 1: start on: and, or and brackets are not allowed in /etc/event.d", "line 1: start on: an event is missing"},
		{"nothing before and", "start on and b\n", "line 1: start on: and, or and brackets are not allowed in /etc/event.d", "line 1: start on: an event is missing before and"},
		{"a nameless variable behind a named one", "start on a B=c d\n", "", "line 1: start on: d follows a variable and has no name"},
		{"start without on", "start a\n", `line 1: start is not followed by "on"`, `line 1: start is not followed by "on"`},
		{"a script", "script\nx\nend script\n", "", ""},
		{"a script, blanks and a comment", "script\nx\n\t end  script #\n", "", ""},
		{"a script that does not end", "#\nscript\nx\nendscript\n", `line 2: "script" is not followed by "end script"`, `line 2: "script" is not followed by "end script"`},
		{"words behind script", "script x\n", "line 1: unexpected words after script", "line 1: unexpected words after script"},
		{"start script", "start script\nend script\n", "", `line 1: start is not followed by "on"`},
		{"pre-start exec", "pre-start exec x\n", "", ""},
		{"pre-start of nothing", "pre-start exec\n", `line 1: pre-start is followed by neither "exec COMMAND" nor "script"`, `line 1: pre-start is followed by neither "exec COMMAND" nor "script"`},
		{"exec of nothing", "exec\n", "line 1: exec: a word is missing", "line 1: exec: a word is missing"},
		{"task", "task\n", "line 1: task: no such stanza", ""},
		{"service", "service\n", "", "line 1: service: no such stanza"},
		{"pid file", "pid file /run/x\n", "", "line 1: pid: no such stanza"},
		{"console output", "console output\n", "", ""},
		{"console log", "console log\n", "line 1: console: log is none of logged, output, owner, none", ""},
		{"expect", "expect fork\n", "line 1: expect: no such stanza", ""},
		{"expect of anything", "expect much\n", "line 1: expect: no such stanza", "line 1: expect: much is none of fork, daemon, stop, none"},
		{"two descriptions", "description a b\n", "line 1: description: too many words", "line 1: description: too many words"},
		{"a quote that is not closed", "description \"a\n", "line 1: a quote is not closed", "line 1: a quote is not closed"},
		{"a quote over two lines", "description \"a\nb\"\nx\n", "line 3: x: no such stanza", "line 3: x: no such stanza"},
		{"only a continuation", "\\\n", "line 1: a stanza without a name", "line 1: a stanza without a name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for dialect, want := range map[initscript.Dialect]string{initscript.EventD: test.eventD, initscript.InitConf: test.inConf} {
				_, err := initscript.ParseJob(test.text, dialect)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != want {
					t.Errorf("dialect %d: %q, want %q", dialect, got, want)
				}
			}
		})
	}
}

// TestShippedJobs holds the jobs to the grammar, and to the verbs they call.
func TestShippedJobs(t *testing.T) {
	want := map[string][]string{
		"/etc/event.d/xenpci":         {"starting rc2", "starting rc3", "starting rc4", "starting rc5"},
		"/etc/init/xenpci.conf":       {"starting rc RUNLEVEL=[2345]", "starting libvirt-bin", "starting libvirtd"},
		"/etc/init/xenpci-early.conf": {"starting udevtrigger", "starting rcS"},
		"/etc/event.d/xenpcid":        {"stopped rc2", "stopped rc3", "stopped rc4", "stopped rc5"},
		"/etc/init/xenpcid.conf":      {"stopped rc RUNLEVEL=[2345]"},
	}
	got := map[string][]string{}
	for _, dialect := range []initscript.Dialect{initscript.EventD, initscript.InitConf} {
		files, err := upstart.Files(dialect, "/opt/xenpci")
		if err != nil {
			t.Fatal(err)
		}
		daemon, err := upstart.Daemon(dialect, "/opt/xenpci")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(files, daemon...) {
			j, err := initscript.ParseJob(f.Text, dialect)
			if err != nil {
				t.Fatalf("%s: %v", f.Path, err)
			}
			got[f.Path] = j.StartEvents()
			verb := "/opt/xenpci hook pre-xend ||"
			again := false
			switch {
			case strings.Contains(f.Path, "early"):
				verb = "/opt/xenpci apply ||"
			case strings.Contains(f.Path, "xenpcid"):
				verb, again = "exec /opt/xenpcid --syslog\n", true
			}
			if !strings.Contains(f.Text, verb) {
				t.Errorf("%s does not have %q", f.Path, verb)
			}
			for _, s := range j.Stanzas {
				if (s.Words[0] == "stop" || s.Words[0] == "respawn") && !again {
					t.Errorf("%s: %v", f.Path, s.Words)
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what starts the jobs (-want +got):\n%s", diff)
	}
}

// FuzzJob: what is accepted comes back as it was.
func FuzzJob(f *testing.F) {
	f.Add("start on (a or b)\nscript\n x\nend script\n", true)
	f.Add("description \"a\\\n\\\"\nb\"\nexec \\\n x # y\n", false)
	for _, dialect := range []initscript.Dialect{initscript.EventD, initscript.InitConf} {
		files, err := upstart.Files(dialect, brand.Program)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			f.Add(file.Text, dialect == initscript.InitConf)
		}
	}
	f.Fuzz(func(t *testing.T, text string, conf bool) {
		dialect := initscript.EventD
		if conf {
			dialect = initscript.InitConf
		}
		j, err := initscript.ParseJob(text, dialect)
		if err == nil && j.String() != text {
			t.Errorf("%q comes back as %q", text, j)
		}
	})
}
