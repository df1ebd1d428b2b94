package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checker checks values against a schema of those that are made here. It knows their
// keywords alone, and refuses fields that a schema does not have.
type checker struct{ defs map[string]any }

// check returns what of a value is not as the schema has it.
func (c checker) check(at string, s map[string]any, value any) (wrong []string) {
	complain := func(format string, args ...any) {
		wrong = append(wrong, at+": "+fmt.Sprintf(format, args...))
	}
	if ref, ok := s["$ref"].(string); ok {
		def, found := c.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !found {
			return []string{at + ": no " + ref}
		}
		return c.check(at, def, value)
	}
	if want, ok := s["const"]; ok && want != value {
		complain("%v, not %v", value, want)
	}
	if all, ok := s["enum"].([]any); ok && !slices.Contains(all, value) {
		complain("%v is not in the enumeration", value)
	}
	if kind, ok := s["type"].(string); ok && kind != kindOf(value) && (kind != "number" || kindOf(value) != "integer") {
		complain("%s, not %s", kindOf(value), kind)
		return wrong
	}
	switch value := value.(type) {
	case string:
		if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value) {
			complain("%q does not match %s", value, pattern)
		}
	case []any:
		items, _ := s["items"].(map[string]any)
		for i, one := range value {
			wrong = append(wrong, c.check(fmt.Sprintf("%s[%d]", at, i), items, one)...)
		}
	case map[string]any:
		wrong = append(wrong, c.object(at, s, value)...)
	}
	return wrong
}

func (c checker) object(at string, s, value map[string]any) (wrong []string) {
	properties, _ := s["properties"].(map[string]any)
	names, _ := s["propertyNames"].(map[string]any)
	others, _ := s["additionalProperties"].(map[string]any)
	for name, one := range value {
		property, known := properties[name].(map[string]any)
		switch {
		case known:
			wrong = append(wrong, c.check(at+"."+name, property, one)...)
		case others != nil:
			wrong = append(wrong, c.check(at, names, name)...)
			wrong = append(wrong, c.check(at+"."+name, others, one)...)
		case s["type"] != nil:
			wrong = append(wrong, at+"."+name+": not in the schema")
		}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := value[name.(string)]; !there {
			wrong = append(wrong, fmt.Sprintf("%s.%s: missing", at, name))
		}
	}
	return wrong
}

func kindOf(value any) string {
	switch value := value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

// checkDocument returns what of a printed document is not as the schema of its verb in a
// folder has it.
func checkDocument(folder string, printed []byte) []string {
	var document map[string]any
	if err := json.Unmarshal(printed, &document); err != nil {
		return []string{err.Error()}
	}
	verb, _ := document["verb"].(string)
	return checkAgainst(filepath.Join(folder, schemaFile(verb)), document)
}

func checkAgainst(file string, value any) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return []string{err.Error()}
	}
	var s map[string]any
	if err := json.Unmarshal(text, &s); err != nil {
		return []string{file + ": " + err.Error()}
	}
	defs, _ := s["$defs"].(map[string]any)
	return checker{defs}.check("document", s, value)
}

// TestChecker has it find what is wrong.
func TestChecker(t *testing.T) {
	t.Parallel()
	const text = `{"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/A"}, "n": {"type": "integer"},
		"list": {"type": "array", "items": {"type": "string", "pattern": "^x"}}, "kind": {"enum": ["p", "q"]}, "one": {"const": 2},
		"map": {"type": "object", "propertyNames": {"enum": ["k"]}, "additionalProperties": {"type": "boolean"}}},
		"$defs": {"A": {"type": "object", "properties": {"b": {"type": "string"}}}}}`
	file := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		`{"a": {"b": "x"}, "n": 3, "list": ["x", "xy"], "kind": "p", "one": 2, "map": {"k": true}}`: "",
		`{}`:                            "document.a: missing",
		`[]`:                            "document: array, not object",
		`{"a": {}, "z": 1}`:             "document.z: not in the schema",
		`{"a": {"b": 1}}`:               "document.a.b: integer, not string",
		`{"a": {}, "n": 1.5}`:           "document.n: number, not integer",
		`{"a": {}, "list": null}`:       "document.list: null, not array",
		`{"a": {}, "list": ["y"]}`:      `document.list[0]: "y" does not match ^x`,
		`{"a": {}, "kind": "r"}`:        "document.kind: r is not in the enumeration",
		`{"a": {}, "one": 3}`:           "document.one: 3, not 2",
		`{"a": {}, "map": {"k": 1}}`:    "document.map.k: integer, not boolean",
		`{"a": {}, "map": {"l": true}}`: "document.map: l is not in the enumeration",
	} {
		var v any
		if err := json.Unmarshal([]byte(value), &v); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(checkAgainst(file, v), "; "); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
