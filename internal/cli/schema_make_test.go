package cli

import (
	"cmp"
	"encoding"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// schema is a JSON Schema, or a part of one.
type schema = map[string]any

const modulePath = "github.com/xenpci/xenpci/"

// maker makes the schemas of Go types, with their comments as descriptions.
type maker struct {
	t        *testing.T
	defs     schema
	packages map[string]*packageText
}

// packageText is what the source of a package says beyond its types.
type packageText struct {
	comments  map[string]string            // of types, and of fields by "Type.Field"
	constants map[string]map[string]string // of a type: value and comment
}

// documentSchema returns the schema of the document of a verb with such a result.
func documentSchema(t *testing.T, verb string, result reflect.Type) schema {
	m := maker{t: t, defs: schema{}, packages: map[string]*packageText{}}
	s := m.object(reflect.TypeFor[document]())
	properties := s["properties"].(schema)
	properties["version"] = schema{"const": passthrough.SchemaVersion, "description": "the version of the JSON form"}
	properties["status"] = schema{"enum": slices.Sorted(maps.Values(statuses)), "description": "the exit status"}
	properties["verb"] = schema{"const": verb}
	properties["result"] = m.of(result)
	return m.whole("what 'xenpci "+verb+" --json' prints", s)
}

// whole adds what the top of a schema has.
func (m maker) whole(title string, s schema) schema {
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = title
	if len(m.defs) > 0 {
		s["$defs"] = m.defs
	}
	return s
}

// of returns the schema of a type; structures and enumerations are in $defs.
func (m maker) of(t reflect.Type) schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return m.of(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[pci.Address]():
		return m.define(t, func() schema {
			return schema{"type": "string", "pattern": `^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$`}
		})
	case t == reflect.TypeFor[pciback.SlotState]():
		return m.define(t, func() schema {
			return schema{"enum": []any{pciback.SlotUnknown.String(), pciback.SlotAbsent.String(), pciback.SlotRegistered.String()}}
		})
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		m.t.Fatalf("%s: how it is written is not known here", t)
	}
	switch t.Kind() {
	case reflect.Struct:
		if t.Name() == "" {
			return m.object(t)
		}
		return m.define(t, func() schema { return m.object(t) })
	case reflect.String:
		if t.PkgPath() == "" {
			return schema{"type": "string"}
		}
		return m.define(t, func() schema { return m.enumeration(t) })
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Float64:
		return schema{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // as encoding/json writes bytes
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		return schema{"type": "array", "items": m.of(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "propertyNames": m.of(t.Key()), "additionalProperties": m.of(t.Elem())}
	case reflect.Interface:
		return schema{}
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		return schema{"type": "integer"}
	}
	m.t.Fatalf("%s: no schema for it", t)
	return nil
}

// define has a type in $defs, and returns the reference to it.
func (m maker) define(t reflect.Type, body func() schema) schema {
	name := t.Name()
	if t.PkgPath() != reflect.TypeFor[passthrough.Device]().PkgPath() {
		name = filepath.Base(t.PkgPath()) + "." + name
	}
	if _, done := m.defs[name]; !done {
		m.defs[name] = schema{} // while its own fields may lead to it
		s := body()
		if text := m.source(t).comments[t.Name()]; text != "" {
			s["description"] = text
		}
		m.defs[name] = s
	}
	return schema{"$ref": "#/$defs/" + name}
}

// object returns the schema of a structure. Fields that this version does not have are
// allowed: a new one does not change the version.
func (m maker) object(t reflect.Type) schema {
	properties, required := schema{}, []any{}
	if t == reflect.TypeFor[passthrough.Error]() { // as its MarshalJSON does
		properties["class"], required = m.of(reflect.TypeFor[passthrough.Class]()), append(required, "class")
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		s := m.of(f.Type)
		if text := m.comment(t, f); text != "" {
			s = maps.Clone(s)
			s["description"] = text
		}
		properties[name] = s
		if !slices.Contains(strings.Split(options, ","), "omitempty") {
			required = append(required, name)
		}
	}
	s := schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// comment is that of a field, which may be one of an embedded structure.
func (m maker) comment(t reflect.Type, f reflect.StructField) string {
	for _, i := range f.Index[:len(f.Index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
	}
	if t.Name() == "" {
		return ""
	}
	return m.source(t).comments[t.Name()+"."+f.Name]
}

// enumeration returns the schema of a type whose values are constants.
func (m maker) enumeration(t reflect.Type) schema {
	values := m.source(t).constants[t.Name()]
	if len(values) == 0 {
		return schema{"type": "string"}
	}
	var all []any
	for _, value := range slices.Sorted(maps.Keys(values)) {
		all = append(all, value)
	}
	return schema{"enum": all}
}

// source reads the package of a type.
func (m maker) source(t reflect.Type) *packageText {
	folder, ours := strings.CutPrefix(t.PkgPath(), modulePath)
	if !ours {
		m.t.Fatalf("%s is not ours", t)
	}
	if m.packages[folder] == nil {
		m.packages[folder] = readPackage(m.t, filepath.Join("..", "..", folder))
	}
	return m.packages[folder]
}

func readPackage(t *testing.T, folder string) *packageText {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(folder, err)
	}
	p := &packageText{map[string]string{}, map[string]map[string]string{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok {
				p.read(t, g)
			}
		}
	}
	return p
}

func (p *packageText) read(t *testing.T, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			p.comments[spec.Name.Name] = oneLine(cmp.Or(spec.Doc.Text(), g.Doc.Text()))
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						p.comments[spec.Name.Name+"."+name.Name] = oneLine(cmp.Or(f.Doc.Text(), f.Comment.Text()))
					}
				}
			}
		case *ast.ValueSpec:
			kind, typed := spec.Type.(*ast.Ident)
			if !typed || len(spec.Values) != 1 {
				continue
			}
			literal, plain := spec.Values[0].(*ast.BasicLit)
			if !plain || literal.Kind != token.STRING {
				continue
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if p.constants[kind.Name] == nil {
				p.constants[kind.Name] = map[string]string{}
			}
			p.constants[kind.Name][value] = oneLine(spec.Comment.Text())
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
