package option

import "testing"

func TestIsInteger(t *testing.T) {
	for value, want := range map[string]bool{
		"0": true, "017": true, "0x1F": true, "-4": true, "12": true, "": false, "-": false, "0b11": false, "0O17": false, "1_000": false, "1k": false, "0x": false,
	} {
		if got := IsInteger(value); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
