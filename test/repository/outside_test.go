package repository

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// outside is a module with a path of its own that uses the public packages.
var outside = filepath.Join(root, "test", "outside")

// TestOutside builds that module, in which the compiler allows no internal package,
// and tests it. Nothing is downloaded.
func TestOutside(t *testing.T) {
	goes(t, outside)
}

// goes vets and tests the module in a folder.
func goes(t *testing.T, folder string) {
	t.Helper()
	for _, arguments := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		command := exec.CommandContext(t.Context(), "go", arguments...)
		command.Dir = folder
		command.Env = append(command.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOWORK=off")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("in %s: %s: %v\n%s", folder, command, err, out)
		}
	}
}

// TestExample builds and tests the example, which is a module of its own.
func TestExample(t *testing.T) {
	goes(t, filepath.Join(root, "examples", "handover"))
}

// TestOutsideIsWhole wants that module to use every exported function that takes a
// root.
func TestOutsideIsWhole(t *testing.T) {
	used := selectors(t, outside)
	for _, p := range public(t) {
		for _, name := range p.Scope().Names() {
			function, ok := p.Scope().Lookup(name).(*types.Func)
			if !ok || !function.Exported() || !takesRoot(function.Signature()) {
				continue
			}
			if call := path.Base(p.Path()) + "." + name; !used[call] {
				t.Errorf("%s takes a root, and test/outside does not use it", call)
			}
		}
	}
}

func takesRoot(signature *types.Signature) bool {
	for parameter := range signature.Params().Variables() {
		if parameter.Name() == "root" {
			return true
		}
	}
	return false
}

// selectors returns what the Go files of a folder use of packages: "pci.Scan".
func selectors(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if p, ok := s.X.(*ast.Ident); ok {
					used[p.Name+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return used
}
