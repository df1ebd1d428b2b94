package brand_test

import (
	"errors"
	"testing"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

func TestOwns(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "# mine\n": false, "# one\n# two\n" + brand.Mark + "\n": false, "a " + brand.Mark: false,
		brand.Mark: true, brand.Mark + ".\na\n": true, "#!/bin/sh\n" + brand.Mark + "\n": true,
	} {
		if got := brand.Owns([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestWithProgram(t *testing.T) {
	file := initscript.File{Path: "/etc/init.d/x", Mode: 0o755, Text: "program=/usr/sbin/xenpci\n"}
	for program, want := range map[string]string{ // "" where it is refused
		"/usr/sbin/xenpci":               "program=/usr/sbin/xenpci\n",
		"/usr/local/sbin/xenpci-1.0_a+b": "program=/usr/local/sbin/xenpci-1.0_a+b\n",
		"":                               "",
		"xenpci":                         "",
		"./xenpci":                       "",
		"/":                              "",
		"/a/../xenpci":                   "",
		"/a/..":                          "",
		"/a b":                           "",
		"/a%b":                           "",
		"/a$b":                           "",
		"/a;b":                           "",
		"/a'b":                           "",
		"/a\\b":                          "",
		"/a\nb":                          "",
		"/ä":                             "",
	} {
		t.Run(program, func(t *testing.T) {
			got, err := brand.WithProgram([]initscript.File{file}, program)
			var bad *brand.ProgramError
			if errors.As(err, &bad) != (want == "") || want != "" && got[0].Text != want {
				t.Errorf("%v, %v; want %q", got, err, want)
			}
		})
	}
}
