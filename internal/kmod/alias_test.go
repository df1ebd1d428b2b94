package kmod

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	folder = "/lib/modules/" + release
	nic    = "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00"
)

// indexOf is an index that knows one module for nic.
func indexOf(module string) string {
	return string(writeIndex([]alias{{"pci:v00008086d00001521sv*sd*bc*sc*i*", module, 1}}))
}

// lineOf is modules.alias that knows one module for nic.
func lineOf(module string) string {
	return "alias pci:v00008086d00001521sv*sd*bc*sc*i* " + module + "\n"
}

func TestAliases(t *testing.T) {
	k := running(t, map[string]string{
		folder + "/modules.dep": dep,
		folder + "/modules.alias": `# Aliases extracted from modules themselves.
alias pci:v*d*sv*sd*bc02sc00i* any-ethernet
alias pci:v00008086d00001521sv*sd*bc*sc*i* igb
alias pci:v00008086d*sv*sd*bc02sc00i* intel_net
alias pci:v00008086d0000152[01]sv*sd*bc*sc*i* igb_set
alias pci:v000010B7d00009055sv*sd*bc*sc*i* 3c59x
alias pci:v000010B7d00009055sv*sd*bc02sc*i* 3c59x
alias xen-backend:pci xen_pciback
alias broken
alias unpaired[ nobody
`,
		folder + "/modules.builtin.modinfo": "ahci.license=GPL\x00ahci.alias=pci:v*d*sv*sd*bc01sc06i01*\x00xhci_pci.alias=pci:v*d*sv*sd*bc0Csc03i30*\x00",
		"/etc/modprobe.d/local.conf":        "# alias pci:* never\nalias pci:v0000144Dd*sv*sd*bc*sc*i* \\\n  my-nvme\nalias too-short\n",
		"/lib/modprobe.d/local.conf":        "alias pci:* hidden_by_the_one_in_etc\n",
		"/lib/modprobe.d/dist.conf":         "alias\tpci:v0000144Dd0000A808sv*sd*bc*sc*i*\tdist_nvme\n",
		"/lib/modprobe.d/README":            "alias pci:* no_conf\n",
	})
	aliases, err := k.Aliases()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, modalias string
		want           []string
	}{
		{"in the order of the index", "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00",
			[]string{"any_ethernet", "igb", "intel_net", "igb_set"}},
		{"neighbours merged", "pci:v000010B7d00009055sv000010B7sd00009055bc02sc00i00", []string{"any_ethernet", "3c59x"}},
		{"not a class", "pci:v000010B7d00009055sv000010B7sd00009055bc03sc00i00", []string{"3c59x"}},
		{"built in", "pci:v00008086d00002922sv00000000sd00000000bc01sc06i01", []string{"ahci"}},
		{"built in, other name", "pci:v00001033d00000194sv00000000sd00000000bc0Csc03i30", []string{"xhci_pci"}},
		{"the administrator's come first and alone", "pci:v0000144Dd0000A808sv00000000sd00000000bc02sc00i00",
			[]string{"dist_nvme", "my_nvme"}},
		{"another bus", "xen-backend:pci", nil},
		{"nobody", "pci:v00001AF4d00001000sv00001AF4sd00000001bc00sc00i00", nil},
		{"empty", "", nil},
		{"unpaired bracket", "pci:]", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, aliases.Modules(test.modalias)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSources wants the first source that knows the device, and of each source
// the index before the text.
func TestSources(t *testing.T) {
	modinfo := "text_built_in.alias=pci:v00008086d00001521sv*sd*bc*sc*i*\x00"
	nobody := string(writeIndex(nil))
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"all", map[string]string{
			"/etc/modprobe.d/local.conf": lineOf("administrator"),
			"modules.alias.bin":          indexOf("index"), "modules.alias": lineOf("text"),
			"modules.builtin.alias.bin": indexOf("built_in"), "modules.builtin.modinfo": modinfo,
		}, []string{"administrator"}},
		{"the index before its text", map[string]string{
			"modules.alias.bin": indexOf("index"), "modules.alias": lineOf("text"),
		}, []string{"index"}},
		{"the index alone", map[string]string{"modules.alias.bin": indexOf("index")}, []string{"index"}},
		{"the text alone", map[string]string{"modules.alias": lineOf("text")}, []string{"text"}},
		{"a broken index", map[string]string{
			"modules.alias.bin": "no index", "modules.alias": lineOf("text"),
		}, []string{"text"}},
		{"an index that knows nobody hides its text", map[string]string{
			"modules.alias.bin": nobody, "modules.alias": lineOf("text"),
		}, nil},
		{"built in, the index before its text", map[string]string{
			"modules.alias.bin": nobody, "modules.builtin.alias.bin": indexOf("built_in"), "modules.builtin.modinfo": modinfo,
		}, []string{"built_in"}},
		{"built in, an index of no bytes", map[string]string{
			"modules.alias.bin": nobody, "modules.builtin.alias.bin": "", "modules.builtin.modinfo": modinfo,
		}, []string{"text_built_in"}},
		{"a folder of that name", map[string]string{
			"modules.alias.bin/file": "", "modules.alias": lineOf("text"),
		}, []string{"text"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{}
			for name, content := range test.files {
				if !strings.HasPrefix(name, "/") {
					name = folder + "/" + name
				}
				files[name] = content
			}
			aliases, err := running(t, files).Aliases()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, aliases.Modules(nic)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAliasesAreLazy changes each file just before it is needed, and after.
func TestAliasesAreLazy(t *testing.T) {
	k := running(t, map[string]string{folder + "/modules.alias": lineOf("early")})
	aliases, err := k.Aliases()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"in_time", "late"} {
		put(t, k.fsys.Path(folder+"/modules.alias"), lineOf(module))
		if diff := cmp.Diff([]string{"in_time"}, aliases.Modules(nic)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestAliasesAreShared looks up from several goroutines, the first of which
// opens the files.
func TestAliasesAreShared(t *testing.T) {
	aliases, err := running(t, map[string]string{
		folder + "/modules.alias.bin": string(writeIndex(nil)), folder + "/modules.builtin.alias.bin": indexOf("built_in"),
	}).Aliases()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if diff := cmp.Diff([]string{"built_in"}, aliases.Modules(nic)); diff != "" {
				t.Error(diff)
			}
		})
	}
	wg.Wait()
}
