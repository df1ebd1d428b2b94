package passthrough

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// word is what names of fields and values of enumerations are made of: varlink
// allows no hyphen in either.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// TestNames holds every JSON field and every value of an enumeration of this
// package to letters, digits and underscores.
func TestNames(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fields, values := 0, 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				fields += checkFields(t, n)
			case *ast.GenDecl:
				if n.Tok == token.CONST {
					values += checkValues(t, n)
				}
			}
			return true
		})
	}
	if fields == 0 || values == 0 {
		t.Errorf("looked at %d fields and %d values", fields, values)
	}
}

func checkFields(t *testing.T, s *ast.StructType) (n int) {
	t.Helper()
	for _, field := range s.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if n++; name != "-" && !word.MatchString(name) { // documents do not have "-"
			t.Errorf("the field %q", name)
		}
	}
	return n
}

// checkValues looks at the constants of a named type.
func checkValues(t *testing.T, d *ast.GenDecl) (n int) {
	t.Helper()
	for _, spec := range d.Specs {
		c := spec.(*ast.ValueSpec)
		if c.Type == nil {
			continue
		}
		for _, value := range c.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if n++; !word.MatchString(text) {
				t.Errorf("the value %q of %s", text, c.Names[0].Name)
			}
		}
	}
	return n
}
