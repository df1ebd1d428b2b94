package grub

import (
	"errors"
	"strings"
	"testing"
)

// scriptArguments has what a kernel gets of a text in grub.cfg.
var scriptArguments = []struct{ name, text, want, rest string }{
	{"nothing", " \t", "", ""},
	{"plain", "ro  quiet xen-pciback.hide=(00:09.0)(00:0a.0)", "ro quiet xen-pciback.hide=(00:09.0)(00:0a.0)", ""},
	{"single quotes", "xen-pciback.hide='(00:09.0)(00:0a.0)' ro", "xen-pciback.hide=(00:09.0)(00:0a.0) ro", ""},
	{"backslashes", `xen-pciback.hide=\(00:09.0\)\(00:0a.0\)`, "xen-pciback.hide=(00:09.0)(00:0a.0)", ""},
	{"a blank in single quotes", "xen-pciback.hide='(00:09.0) (00:0a.0)' ro", `"xen-pciback.hide=(00:09.0) (00:0a.0)" ro`, ""},
	{"a blank in double quotes", `xen-pciback.hide="(00:09.0) (00:0a.0)" ro`, `"xen-pciback.hide=(00:09.0) (00:0a.0)" ro`, ""},
	{"a blank after a backslash", `xen-pciback.hide=(00:09.0)\ (00:0a.0)`, `"xen-pciback.hide=(00:09.0) (00:0a.0)"`, ""},
	{"quotes around the key", `'xen-pciback.hide'="(00:09.0)"`, "xen-pciback.hide=(00:09.0)", ""},
	{"quotes within quotes", `xen-pciback.hide="'(00:09.0)'"`, `xen-pciback.hide=\'(00:09.0)\'`, ""},
	{"a variable of GRUB", "a=$cards b", "a=${cards} b", ""},
	{"a semicolon", "ro xen-pciback.hide=(00:09.0);(00:0a.0)", "ro xen-pciback.hide=(00:09.0)", ";(00:0a.0)"},
	{"a comment", "ro # xen-pciback.hide=(00:09.0)", "ro", "# xen-pciback.hide=(00:09.0)"},
	{"no comment", "ro a#b", "ro a#b", ""},
	{"a new line", "ro\nxen-pciback.hide=(00:09.0)", "ro", "xen-pciback.hide=(00:09.0)"},
	{"a joined line", "ro \\\nquiet", "ro quiet", ""},
}

func TestScriptArguments(t *testing.T) {
	for _, test := range scriptArguments {
		t.Run(test.name, func(t *testing.T) {
			line, rest, err := ScriptArguments(test.text)
			if line.String() != test.want || rest != test.rest || err != nil {
				t.Errorf("%q, %q, %v; want %q, %q", line, rest, err, test.want, test.rest)
			}
		})
	}
	var at *SyntaxError
	if _, _, err := ScriptArguments("ro xen-pciback.hide='(00:09.0)"); !errors.As(err, &at) {
		t.Errorf("a quote that is not closed: %v", err)
	}
	var setting *NotUnderstoodError
	if _, _, err := (Setting{Value: "'", File: "/etc/default/grub", Line: 7}).KernelArguments(); !errors.As(err, &setting) || setting.Line != 7 {
		t.Errorf("a quote that is not closed, in a setting: %v", err)
	}
}

// TestScriptArgumentsGenerated compares with what the real grub-mkconfig writes of a
// setting, as the reader of grub.cfg reads it.
func TestScriptArgumentsGenerated(t *testing.T) {
	mkconfig(t)
	var texts []string
	for _, test := range scriptArguments {
		if test.rest == "" && !strings.Contains(test.text, "$") {
			texts = append(texts, test.text)
		}
	}
	defaults := CmdlineLinux + "='" + strings.ReplaceAll(strings.Join(texts, " "), "'", `'\''`) + "'\n"
	want, err := Read(ParseDefaults("grub", []byte(defaults))).Dom0()
	if err != nil {
		t.Fatal(err)
	}
	config, text := generate(t, map[string]string{"/etc/default/grub": defaults}, nil)
	xen, _ := config.XenEntries()[0].Xen()
	if _, got, _ := strings.Cut(xen.Dom0.Arguments.String(), " ro "); got != want.String() {
		t.Errorf("dom0's kernel gets\n%s\nand not\n%s", got, want)
	}
	if !checker(t)(text) {
		t.Errorf("grub-script-check refuses\n%s", text)
	}
}

func FuzzScriptArguments(f *testing.F) {
	for _, test := range scriptArguments {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, rest, err := ScriptArguments(text)
		if err != nil {
			return
		}
		// The same words, within an entry.
		config, err := ParseConfig([]byte("menuentry x {\nmultiboot2 /xen.gz\nmodule2 /vmlinuz "+text+"\n}\n"), nil)
		if err != nil || rest != "" || strings.Contains(text, "$") {
			return
		}
		entries := config.XenEntries()
		if len(entries) != 1 {
			return
		}
		if xen, _ := entries[0].Xen(); xen.Dom0.Arguments.String() != line.String() {
			t.Errorf("%q: %q, and in an entry %q", text, line, xen.Dom0.Arguments)
		}
	})
}
