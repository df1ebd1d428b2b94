package varlink

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// decode reads the members of a JSON object into the struct that out points to. Unlike
// json.Unmarshal it accepts a member only by the exact name of a field, and only once;
// it wants every field that is not a pointer and has no omitempty or omitzero; and what
// is not valid UTF-8 is no JSON. All of that holds in structs within the struct too.
// Embedded fields are not filled.
//
// The error is InvalidParameter with the name of the member, "device.address" for one
// within "device", or errMalformed if the text is not a JSON object.
func decode(text []byte, out any) error {
	if !utf8.Valid(text) || !json.Valid(text) {
		return errMalformed
	}
	return decodeStruct(text, reflect.ValueOf(out).Elem(), "")
}

// decodeStruct decodes valid JSON. prefix stands before the names of members.
func decodeStruct(text []byte, out reflect.Value, prefix string) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return notAnObject(prefix)
	}
	given := map[string]bool{} // with a value other than null, which stands for none
	for decoder.More() {
		name, value, err := member(decoder)
		if err != nil {
			return notAnObject(prefix)
		}
		field, ok := fieldOf(out.Type(), name)
		if _, twice := given[name]; !ok || twice {
			return InvalidParameter(prefix + name)
		}
		if given[name] = string(value) != "null"; !given[name] {
			continue
		}
		if err := decodeValue(value, out.FieldByIndex(field.Index), prefix+name); err != nil {
			return err
		}
	}
	for i := range out.NumField() {
		if field := out.Type().Field(i); wanted(field) && !given[nameOf(field)] {
			return InvalidParameter(prefix + nameOf(field))
		}
	}
	return nil
}

func notAnObject(prefix string) error {
	if prefix == "" {
		return errMalformed
	}
	return InvalidParameter(strings.TrimSuffix(prefix, "."))
}

// member returns the next member of the object that is being read.
func member(decoder *json.Decoder) (name string, value json.RawMessage, err error) {
	key, err := decoder.Token()
	if err != nil {
		return "", nil, err
	}
	name, ok := key.(string)
	if !ok {
		return "", nil, errMalformed
	}
	return name, value, decoder.Decode(&value)
}

// decodeValue decodes valid JSON that is not null into a field.
func decodeValue(text []byte, out reflect.Value, name string) error {
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.New(out.Type().Elem()))
		out = out.Elem()
	}
	if out.Kind() == reflect.Struct && !decodesItself(out.Addr().Interface()) {
		return decodeStruct(text, out, name+".")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(out.Addr().Interface()); err != nil && !errors.Is(err, io.EOF) {
		return InvalidParameter(name)
	}
	return nil
}

func decodesItself(v any) bool {
	switch v.(type) {
	case json.Unmarshaler, encoding.TextUnmarshaler:
		return true
	}
	return false
}

// fieldOf returns the field into which the member of that name goes.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if field := t.Field(i); takesMember(field) && nameOf(field) == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

func takesMember(field reflect.StructField) bool {
	return field.IsExported() && !field.Anonymous && field.Tag.Get("json") != "-"
}

// wanted reports whether a member for the field has to be there.
func wanted(field reflect.StructField) bool {
	_, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	return takesMember(field) && field.Type.Kind() != reflect.Pointer &&
		!strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero")
}

// nameOf returns the name of a field's member.
func nameOf(field reflect.StructField) string {
	if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
		return name
	}
	return field.Name
}
