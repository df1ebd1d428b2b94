package usage_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/guard.md explains every code, and no other.
func TestCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/guard.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, match := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllSubmatch(text, -1) {
		documented = append(documented, string(match[1]))
	}
	fields := []string{"level", "code", "subject", "chain", "left", "related", "advice"}
	documented = slices.DeleteFunc(documented, func(word string) bool { return slices.Contains(fields, word) })
	slices.Sort(documented)
	codes := append(codesIn(t, "graph/code.go"), codesIn(t, "../fit/fit.go")...)
	slices.Sort(codes)
	if diff := cmp.Diff(slices.Compact(codes), slices.Compact(documented)); diff != "" {
		t.Errorf("(-codes +docs/guard.md):\n%s", diff)
	}
}

// codesIn returns the values of the constants of type Code in a file.
func codesIn(t *testing.T, name string) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`^[a-z0-9_]+$`)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		if !ok || kind.Name != "Code" || len(spec.Values) != 1 {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !word.MatchString(code) {
			t.Errorf("%s: %q: codes have lower-case letters, digits and _ only", name, code)
		}
		codes = append(codes, code)
		return true
	})
	if len(codes) == 0 {
		t.Errorf("%s has no codes", name)
	}
	return codes
}
