package varlink

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inner and outer are parameters with fields of every kind.
type inner struct {
	Address string `json:"address"`
	Port    *int   `json:"port"`
}

type outer struct {
	Name   string          `json:"name"`
	Count  int             `json:"count,omitempty"`
	Device *inner          `json:"device"`
	List   []inner         `json:"list,omitempty"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Host   *netip.Addr     `json:"host"`
	Plain  bool            `json:",omitzero"`
	Not    string          `json:"-"`
	hidden string
}

func TestDecode(t *testing.T) {
	port := 7
	host := netip.MustParseAddr("::1")
	tests := []struct {
		name, text string
		want       outer
		invalid    string // the name of the parameter
		malformed  bool
	}{
		{name: "what has to be there", text: `{"name":"a"}`, want: outer{Name: "a"}},
		{name: "all", text: `{"name":"a","count":3,"device":{"address":"b","port":7},"list":[{"address":"c"}],"raw":[1],"host":"::1","Plain":true}`,
			want: outer{Name: "a", Count: 3, Device: &inner{"b", &port}, List: []inner{{Address: "c"}}, Raw: []byte("[1]"), Host: &host, Plain: true}},
		{name: "null for what may be missing", text: `{"name":"a","count":null,"device":null,"list":null}`, want: outer{Name: "a"}},
		{name: "null for what has to be there", text: `{"name":null}`, invalid: "name"},
		{name: "missing", text: `{}`, invalid: "name"},
		{name: "unknown", text: `{"name":"a","nam":"b"}`, invalid: "nam"},
		{name: "unknown, and null", text: `{"name":"a","nam":null}`, invalid: "nam"},
		{name: "another case", text: `{"Name":"a"}`, invalid: "Name"},
		{name: "twice", text: `{"name":"a","name":"b"}`, invalid: "name"},
		{name: "the name of the field", text: `{"name":"a","Count":3}`, invalid: "Count"},
		{name: "not a parameter", text: `{"name":"a","Not":"b"}`, invalid: "Not"},
		{name: "not exported", text: `{"name":"a","hidden":"b"}`, invalid: "hidden"},
		{name: "another type", text: `{"name":1}`, invalid: "name"},
		{name: "too large", text: `{"name":"a","count":99999999999999999999}`, invalid: "count"},
		{name: "a fraction", text: `{"name":"a","count":1.5}`, invalid: "count"},
		{name: "unknown within", text: `{"name":"a","device":{"address":"b","adress":"c"}}`, invalid: "device.adress"},
		{name: "missing within", text: `{"name":"a","device":{}}`, invalid: "device.address"},
		{name: "another type within", text: `{"name":"a","device":{"address":"b","port":"c"}}`, invalid: "device.port"},
		{name: "no object within", text: `{"name":"a","device":[]}`, invalid: "device"},
		{name: "unknown within a list", text: `{"name":"a","list":[{"adress":"b"}]}`, invalid: "list"},
		{name: "text that is not what it should be", text: `{"name":"a","host":"b"}`, invalid: "host"},
		{name: "no object", text: `"name"`, malformed: true},
		{name: "no JSON", text: `{"name":"a",}`, malformed: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got outer
			err := decode([]byte(test.text), &got)
			switch {
			case test.malformed:
				if err != errMalformed {
					t.Error(err)
				}
			case test.invalid != "":
				if diff := cmp.Diff(error(InvalidParameter(test.invalid)), err); diff != "" {
					t.Error(diff)
				}
			default:
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outer{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || err != nil {
					t.Errorf("%v: %s", err, diff)
				}
			}
		})
	}
}

// FuzzDecode reads any text. What is accepted has what has to be there.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"name":"a","count":3,"device":{"address":"b","port":7},"list":[{"address":"c"}],"raw":[1],"host":"::1","Plain":true}`))
	f.Add([]byte(`{"name":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var got outer
		if err := decode(text, &got); err != nil {
			return
		}
		var loose map[string]any
		if err := json.Unmarshal(text, &loose); err != nil {
			t.Fatal(err)
		}
		if name, ok := loose["name"].(string); !ok || name != got.Name || got.Not != "" || got.hidden != "" {
			t.Errorf("%+v of %q", got, text)
		}
	})
}
