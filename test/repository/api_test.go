package repository

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPublicAPI wants everything that a package below pkg exports to be of types
// that another module can name: exported ones, of no internal package.
func TestPublicAPI(t *testing.T) {
	for _, p := range public(t) {
		for _, bad := range hidden(p) {
			t.Errorf("%s: %s", p.Path(), bad)
		}
	}
}

// public returns the compiled packages below pkg.
func public(t *testing.T) (packages []*types.Package) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export", "./pkg/...")
	command.Dir = root
	listed := decode[struct{ ImportPath, Export string }](t, command)
	exports := map[string]string{}
	for _, p := range listed {
		exports[p.ImportPath] = p.Export
	}
	compiled := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	for _, p := range listed {
		if name, ours := own(p.ImportPath); !ours || !strings.HasPrefix(name, "pkg/") {
			continue
		}
		imported, err := compiled.Import(p.ImportPath)
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, imported)
	}
	return packages
}

// TestHidden has the test above find each kind of place.
func TestHidden(t *testing.T) {
	const source = `package p
type inner struct{ F int }
type Alias = inner
type Struct struct { Field *inner; own inner }
type Interface interface { Do(map[string][]inner) }
func (Struct) Method() (<-chan inner, error) { return nil, nil }
func (Struct) method() inner { return inner{} }
func Function(func(inner)) {}
var Variable struct { A [2]inner }
type Fine struct { own inner; Other *Struct }
func FineToo(...Struct) error { return nil }
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(types.Config).Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Alias has the type p.inner", "Function has the type p.inner", "Interface has the type p.inner",
		"Struct.Field has the type p.inner", "Struct.Method has the type p.inner", "Variable has the type p.inner",
	}
	if diff := cmp.Diff(want, hidden(p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// hidden returns the places in the exported names of a package where another module
// meets a type that it cannot name.
func hidden(p *types.Package) (bad []string) {
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		report := func(where string, t types.Type) {
			for _, unnameable := range unnameable(t) {
				bad = append(bad, fmt.Sprintf("%s%s has the type %s", name, where, unnameable))
			}
		}
		definition, isType := object.(*types.TypeName)
		if !isType {
			report("", object.Type())
			continue
		}
		if definition.IsAlias() {
			report("", types.Unalias(object.Type()))
			continue
		}
		switch underlying := object.Type().Underlying().(type) {
		case *types.Struct:
			for field := range underlying.Fields() {
				if field.Exported() {
					report("."+field.Name(), field.Type())
				}
			}
		default:
			report("", underlying)
		}
		methods := types.NewMethodSet(types.NewPointer(object.Type()))
		for selection := range methods.Methods() {
			if selection.Obj().Exported() {
				report("."+selection.Obj().Name(), selection.Type())
			}
		}
	}
	return bad
}

// unnameable returns the named types within t that are internal or not exported.
func unnameable(t types.Type) (found []string) {
	add := func(parts ...types.Type) {
		for _, part := range parts {
			found = append(found, unnameable(part)...)
		}
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		object := t.Obj()
		if object.Pkg() != nil && (!object.Exported() || strings.Contains(object.Pkg().Path()+"/", "/internal/")) {
			found = append(found, t.String())
		}
		for argument := range t.TypeArgs().Types() {
			add(argument)
		}
	case *types.Signature:
		add(t.Params(), t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			add(v.Type())
		}
	case *types.Map:
		add(t.Key(), t.Elem())
	case *types.Struct:
		for field := range t.Fields() {
			if field.Exported() {
				add(field.Type())
			}
		}
	case *types.Interface:
		for method := range t.Methods() {
			if method.Exported() {
				add(method.Type())
			}
		}
	case interface{ Elem() types.Type }: // a pointer, a slice, an array or a channel
		add(t.Elem())
	}
	return found
}
