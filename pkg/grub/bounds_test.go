package grub

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// doubled is a variable a of 32 KiB in few bytes of script.
const doubled = 11

func grown() string {
	return "a=aaaaaaaaaaaaaaaa\n" + strings.Repeat("a=$a$a\n", doubled)
}

// TestConfigBounds wants a small file to be refused that makes a large menu, or
// long words, and one with much in it to be read.
func TestConfigBounds(t *testing.T) {
	var variables strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&variables, "v%d=1\n", i)
	}
	for _, test := range []struct {
		name, text string
		refused    bool
	}{
		{"entries by functions", "function f {\n" + strings.Repeat("menuentry a {b}\n", 300) + "}\n" + strings.Repeat("f\n", maxCalls), true},
		{"statements by functions", "function f {\n" + strings.Repeat("b\n", 300) + "}\n" + strings.Repeat("f\n", maxCalls), true},
		{"statements in entries", "function f {\n" + "submenu a {\nmenuentry a {\n" + strings.Repeat("b\n", 300) + "}\n}\n}\n" + strings.Repeat("f\n", maxCalls), true},
		{"long words", grown() + strings.Repeat("menuentry $a {b}\n", 1024), true},
		{"long words of commands", grown() + "menuentry a {\n" + strings.Repeat("linux $a\n", 1024) + "}\n", true},
		{"many variables and entries", variables.String() + strings.Repeat("menuentry a {b}\n", 5000), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseConfig([]byte(test.text), nil)
			if bad := (*SyntaxError)(nil); errors.As(err, &bad) != test.refused || err == nil && len(c.Entries) != 5000 {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestVariablesOfEntries: what an entry sets counts in it and in what is in it.
func TestVariablesOfEntries(t *testing.T) {
	c, err := ParseConfig([]byte("a=1\nb=1\nsubmenu x {\na=2\nmenuentry $a$b {\na=3\nlinux $a$b\n}\nmenuentry $a {c}\n}\nmenuentry $a {c}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	inner := c.Entries[0].Entries
	got := []string{inner[0].Title, inner[0].Commands[1].Words[0], inner[1].Title, c.Entries[1].Title}
	if strings.Join(got, " ") != "21 31 2 1" {
		t.Errorf("%q", got)
	}
}

// TestSettingsBounds wants no gigabytes from a small file.
func TestSettingsBounds(t *testing.T) {
	text := grown()
	for n := range 1000 {
		text += fmt.Sprintf("b%d=$a\n", n)
	}
	s := Read(ParseDefaults("grub", []byte(text)))
	if first, err := s.Get("b0"); err != nil || len(first.Value) != 16<<doubled {
		t.Errorf("%d bytes, %v", len(first.Value), err)
	}
	if last, err := s.Get("b999"); err == nil || last.Value != "" {
		t.Errorf("%d bytes are kept of one too many", len(last.Value))
	}
}
