package passthrough_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// alike are types whose constants are those of one internal package, and no others.
var alike = []string{"HostCode", "HostSeverity", "HostServiceCode", "HostServiceState"}

// TestConstants wants a constant here for every code and kind that an internal
// package reports, so that a caller can compare with it, and for some no constant here that
// none reports.
func TestConstants(t *testing.T) {
	for _, c := range []struct {
		public, folder, internal string
	}{
		{"Code", "../../internal/usage/graph", "Code"},
		{"Code", "../../internal/fit", "Code"},
		{"Code", "../../internal/engine", "Code"},
		{"LinkKind", "../../internal/usage/graph", "Kind"},
		{"StepKind", "../../internal/plan", "StepKind"},
		{"XenMark", "../../internal/hypervisor", "Mark"},
		{"StepKind", "../pciback", "Op"},
		{"HostCode", "../../internal/hostboot/check", "Code"},
		{"HostSeverity", "../../internal/hostboot/check", "Severity"},
		{"HostServiceCode", "../../internal/hostboot/services", "Code"},
		{"HostServiceState", "../../internal/hostboot/services", "State"},
		{"HostOptionType", "../../internal/hostboot/image", "Type"},
		{"HostLinkName", "../../internal/hostboot/console", "Name"},
		{"HostLinkState", "../../internal/hostboot/console", "State"},
		{"HostLinkProof", "../../internal/hostboot/console", "Proof"},
		{"HostLinkCode", "../../internal/hostboot/console", "Code"},
		{"Drift", "../../internal/config", "Drift"},
	} {
		t.Run(c.folder+" "+c.internal, func(t *testing.T) {
			public, reported := constants(t, ".", c.public), constants(t, c.folder, c.internal)
			if len(reported) == 0 {
				t.Fatalf("%s has no constant of type %s", c.folder, c.internal)
			}
			for value, name := range reported {
				if public[value] == "" {
					t.Errorf("%s.%s = %q is no %s", c.folder, name, value, c.public)
				}
			}
			for value, name := range public {
				if reported[value] == "" && slices.Contains(alike, c.public) {
					t.Errorf("%s = %q is reported by nothing in %s", name, value, c.folder)
				}
			}
		})
	}
}

// constants returns the names of the constants of a type in a package's folder,
// by their values.
func constants(t *testing.T, folder, kind string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			ident, typed := spec.Type.(*ast.Ident)
			literal, plain := spec.Values[0].(*ast.BasicLit)
			if !typed || !plain || ident.Name != kind {
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			names[value] = spec.Names[0].Name
			return true
		})
	}
	return names
}
