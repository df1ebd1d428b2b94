package grub

import "testing"

// TestDefaultMissing tells a default that names no entry from one that boots.
func TestDefaultMissing(t *testing.T) {
	t.Parallel()
	const menu = "menuentry 'A' --id a {\n\ttrue\n}\nsubmenu 'More' --id more {\n\tmenuentry 'B' {\n\t\ttrue\n\t}\n}\n"
	for _, test := range []struct {
		value, more string
		missing     bool
	}{
		{"", "", false},
		{"0", "", false},
		{"A", "", false},
		{"a", "", false},
		{"more>B", "", false},
		{"More>0", "", false},
		{"1>0", "", false},
		{"B", "", true},
		{"7", "", true},
		{"More>C", "", true},
		{"Less>B", "", true},
		{"More", "", false},
		{"C", "if [ -f ${config_directory}/custom.cfg ]; then\n\tsource ${config_directory}/custom.cfg\nfi\n", true},
		{"${saved_entry}", "", false},
	} {
		t.Run(test.value, func(t *testing.T) {
			t.Parallel()
			c, err := ParseConfig([]byte("set default=\""+test.value+"\"\n"+menu+test.more), nil)
			if err != nil {
				t.Fatal(err)
			}
			if value, missing := c.DefaultMissing(); missing != test.missing || missing && value != test.value {
				t.Errorf("%q %t", value, missing)
			}
		})
	}
}
