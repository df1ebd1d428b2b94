package repository

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unwanted are packages that the program is not linked from, and why.
var unwanted = []struct{ name, why string }{
	{"net/http", "adds some 4 MiB, and a tool that runs as root has no business on the network"},
	{"crypto/tls", "as net/http"},
	{"html/template", "nothing of ours is HTML"},
	{"log", "what is said to people goes through internal/cli, in one form"},
	{"math/rand", "nothing of what it does is left to chance"},
	{"os/user", "with cgo it links the C library's name service"},
	{"plugin", "turns off the linker's elimination of dead code"},
	{"runtime/pprof", "measuring is for tests"},
	{"testing", "a helper of the tests got into the product"},
	{"github.com/google/go-cmp/cmp", "as testing"},
	{"github.com/rogpeppe/go-internal/testscript", "as testing"},
	{"github.com/cpuguy83/go-md2man/v2/md2man", "manual pages are not made by the program"},
}

// TestProgramImports looks at all that cmd/xenpci is made of.
func TestProgramImports(t *testing.T) {
	why := map[string]string{}
	for _, u := range unwanted {
		why[u.name] = u.why
	}
	for _, p := range list(t, "-deps", "./cmd/xenpci") {
		if reason, bad := why[p.ImportPath]; bad {
			t.Errorf("cmd/xenpci depends on %s: %s; go mod why %[1]s shows through what", p.ImportPath, reason)
		}
	}
}

// TestProgramLinks builds the program as make build does and looks at what the
// linker kept.
//
// cobra imports text/template. As long as nobody calls a template's Execute,
// the linker drops all but a few tables of it. The first call adds 2.7 MiB,
// since templates reach methods by name and so none can be dropped any more:
// cobra's SetUsageTemplate is such a call, SetUsageFunc is not.
func TestProgramLinks(t *testing.T) {
	program := filepath.Join(t.TempDir(), "xenpci")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", program, "./cmd/xenpci")
	build.Dir = root
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("it needs the libraries %q (%v); it has to run on any dom0", libraries, err)
	}
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "text/template.(*Template).Execute") {
			t.Errorf("the linker kept %s: somebody calls a template", s.Name)
		}
	}
}
