package kmod

import (
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/fnmatch"
)

// What an index gives is what a look at each of its lines gives.
func FuzzAliases(f *testing.F) {
	f.Add("alias pci:v00008086d00001521sv*sd*bc*sc*i* igb\nalias pci:v*d*sv*sd*bc02sc00i* any\n",
		"v00008086d00001521sv00008086sd00000001bc02sc00i00")
	f.Add("alias a-[a-c]* b-c\nalias * x\nalias", "a_b")
	f.Fuzz(func(t *testing.T, text, modalias string) {
		if modalias = busPrefix + modalias; len(modalias) > fnmatch.MaxText {
			return
		}
		got := newTable(parseAliases(text)).modules(modalias)
		want := list(slices.Collect(parseAliases(text))).modules(modalias)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q: got %q; want %q", modalias, got, want)
		}
		for _, module := range got {
			if module == "" || strings.Contains(module, "-") {
				t.Fatalf("module %q", module)
			}
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add(config, "CONFIG_XEN")
	f.Add("CONFIG_A=y\n# CONFIG_A is not set\n", "CONFIG_A")
	f.Add("CONFIG_A=", "CONFIG_A")
	f.Fuzz(func(t *testing.T, text, name string) {
		value := parseConfig(text, name)
		if value != "" && !strings.Contains("\n"+text+"\n", "\n"+name+"="+value+"\n") {
			t.Fatalf("%s: %q is not in the file", name, value)
		}
		// The last line decides.
		if name != "" && !strings.ContainsAny(name, "\n=") {
			if got := parseConfig(text+"\n"+name+"=m\n", name); got != "m" {
				t.Fatalf("%s=m at the end gave %q", name, got)
			}
		}
	})
}

func FuzzModinfo(f *testing.F) {
	f.Add("ahci.license=GPL\x00ahci.alias=pci:v*d*sv*sd*bc01sc06i01*\x00")
	f.Add(".alias=\x00=\x00x.alias=[")
	f.Fuzz(func(t *testing.T, text string) {
		for a := range parseModinfo(text) {
			if strings.ContainsRune(a.pattern+a.module, 0) {
				t.Fatalf("%+v goes beyond its entry", a)
			}
		}
	})
}

// FuzzParameters wants sorted parameters, each once.
func FuzzParameters(f *testing.F) {
	f.Add("xen_pciback.parm=hide:devices\x00xen_pciback.parmtype=hide:charp\x00")
	f.Add("parmtype=a:array of int\x00parm=a\x00parm=\x00.parm=x:y")
	f.Fuzz(func(t *testing.T, text string) {
		type place struct{ module, name string }
		seen := map[place]bool{}
		for _, p := range ParseParameters(text) {
			at := place{p.Module, p.Name}
			if seen[at] {
				t.Errorf("%+v twice", p)
			}
			seen[at] = true
		}
	})
}
