package pciback_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func ExampleLibxlNode() {
	fmt.Println(pciback.LibxlNode(pci.Address{Domain: 0x10000, Bus: 0xe1}))
	// Output: /libxl/pci/10000-e1-00-0
}

func ExampleGuest_String() {
	fmt.Println(pciback.Guest{ID: 3, Name: "router"})
	fmt.Println(pciback.Guest{ID: 4})
	// Output:
	// guest router (domain 3)
	// domain 4
}

func ExampleAssignableNames() {
	store := nodes{
		"/libxl/pci/0000-00-09-0/name":        "wan",
		"/libxl/pci/0000-00-0a-0/driver_path": "/sys/bus/pci/drivers/e1000",
	}
	names, err := pciback.AssignableNames(context.Background(), store)
	fmt.Println(names, err)
	// Output: map[0000:00:09.0:wan] <nil>
}

func ExampleGuests() {
	store := nodes{
		"/libxl/pci/0000-00-09-0/domid": "3",
		"/local/domain/3/name":          "router",
	}
	guests, err := pciback.Guests(context.Background(), store, alive(3))
	fmt.Println(guests, err)
	// Output: map[0000:00:09.0:guest router (domain 3)] <nil>
}

// nodes is a xenstore: values by path.
type nodes map[string]string

func (n nodes) Read(_ context.Context, path string) (string, error) {
	if value, ok := n[path]; ok {
		return value, n.fail(value)
	}
	if names, _ := n.Directory(context.Background(), path); len(names) > 0 {
		return "", nil
	}
	return "", fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}

func (n nodes) Directory(_ context.Context, path string) ([]string, error) {
	names := map[string]bool{}
	for at, value := range n {
		if below, ok := strings.CutPrefix(at, path+"/"); ok {
			name, _, _ := strings.Cut(below, "/")
			names[name] = true
		} else if at == path && n.fail(value) != nil {
			return nil, n.fail(value)
		}
	}
	if _, ok := n[path]; !ok && len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// refused is the value of nodes that may not be read.
const refused = "(refused)"

var errRefused = errors.New("EACCES")

func (n nodes) fail(value string) error {
	if value == refused {
		return errRefused
	}
	return nil
}

// alive is a hypervisor on which only these domains exist.
func alive(ids ...uint16) pciback.Living {
	return func(_ context.Context, id uint16) (bool, error) { return slices.Contains(ids, id), nil }
}

func TestGuests(t *testing.T) {
	const backend = "/local/domain/0/backend/pci/"
	router := pciback.Guest{ID: 1, Name: "router"}
	four := pci.Address{Slot: 4}
	for _, test := range []struct {
		name  string
		store nodes
		alive []uint16
		want  map[pci.Address]pciback.Guest
	}{
		{"nothing", nodes{}, nil, map[pci.Address]pciback.Guest{}},
		{
			"as libxl has it while a guest runs",
			nodes{
				"/libxl/pci/0000-00-09-0/domid": "1", "/local/domain/1/name": "router",
				backend + "1/0/num_devs": "1", backend + "1/0/dev-0": "0000:00:09.0", backend + "1/0/state-0": "3", backend + "1/0/state": "4",
			},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: router},
		},
		{
			"stale after a forced unbind: the backend outlives its domain",
			nodes{
				backend + "1/0/num_devs": "1", backend + "1/0/dev-0": "0000:00:09.0", backend + "1/0/state-0": "5",
				backend + "1/0/state": "6", backend + "1/0/online": "1",
			},
			nil, map[pci.Address]pciback.Guest{},
		},
		{
			"stale: libxl's node outlives its domain",
			nodes{"/libxl/pci/0000-00-09-0/domid": "1"},
			[]uint16{2}, map[pci.Address]pciback.Guest{},
		},
		{
			"one stale, one living",
			nodes{
				backend + "1/0/num_devs": "1", backend + "1/0/dev-0": "0000:00:09.0", backend + "1/0/state-0": "5",
				"/libxl/pci/0000-00-09-0/domid": "2", "/local/domain/2/name": "router",
			},
			[]uint16{2}, map[pci.Address]pciback.Guest{nine: {ID: 2, Name: "router"}},
		},
		{
			"backend only", // xm, xend, or a toolstack that takes its own node away
			nodes{backend + "1/0/num_devs": "1", backend + "1/0/dev-0": "0000:00:09.0", backend + "1/0/state-0": "3", "/local/domain/1/name": "router"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: router},
		},
		{
			"libxl only", // between create and connect
			nodes{"/libxl/pci/0000-00-09-0/domid": "1", "/local/domain/1/name": "router"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: router},
		},
		{
			"given back by its guest",
			nodes{
				backend + "1/0/num_devs": "2", backend + "1/0/dev-0": "0000:00:09.0", backend + "1/0/state-0": "6",
				backend + "1/0/dev-1": "0000:00:04.0", backend + "1/0/state-1": "3", "/local/domain/1/name": "router",
			},
			[]uint16{1}, map[pci.Address]pciback.Guest{four: router},
		},
		{
			"a hole among the devices",
			nodes{backend + "1/0/num_devs": "3", backend + "1/0/dev-2": "0000:00:09.0", backend + "1/0/state-2": "3", "/local/domain/1/name": "router"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: router},
		},
		{
			"a second backend of one guest",
			nodes{backend + "1/0/num_devs": "0", backend + "1/1/num_devs": "1", backend + "1/1/dev-0": "0000:00:09.0", "/local/domain/1/name": "router"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: router},
		},
		{
			"without a name",
			nodes{"/libxl/pci/0000-00-09-0/domid": "1"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: {ID: 1}},
		},
		{
			"domain 10000",
			nodes{"/libxl/pci/10000-e1-00-0/domid": "1", "/local/domain/1/name": "router"},
			[]uint16{1}, map[pci.Address]pciback.Guest{{Domain: 0x10000, Bus: 0xe1}: router},
		},
		{
			"assignable, and nobody has it",
			nodes{"/libxl/pci/0000-00-09-0/driver_path": "/sys/bus/pci/drivers/3c59x", "/libxl/pci/0000-00-04-0": ""},
			[]uint16{1}, map[pci.Address]pciback.Guest{},
		},
		{
			"what cannot be understood",
			nodes{
				"/libxl/pci/0000-00-09-0/domid": "many", "/libxl/pci/0000-00-04-0/domid": "65536", "/libxl/pci/garbage/domid": "1",
				"/libxl/pci/00-09-0/domid": "1", backend + "1/0/num_devs": "-1", backend + "1/1/num_devs": "1", backend + "1/1/dev-0": "00:09.0",
				backend + "x/0/num_devs": "1", backend + "x/0/dev-0": "0000:00:09.0",
			},
			[]uint16{1}, map[pci.Address]pciback.Guest{},
		},
		{
			"more devices than there can be",
			nodes{backend + "1/0/num_devs": "2000000000", backend + "1/0/dev-511": "0000:00:09.0", backend + "1/0/dev-512": "0000:00:04.0"},
			[]uint16{1}, map[pci.Address]pciback.Guest{nine: {ID: 1}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := pciback.Guests(t.Context(), test.store, alive(test.alive...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestGuestsUnknown wants an error where it cannot be known who has a device:
// silence would let somebody take it from a running guest.
func TestGuestsUnknown(t *testing.T) {
	const backend = "/local/domain/0/backend/pci"
	errXen := errors.New("the hypervisor does not answer")
	living := alive(1)
	for _, test := range []struct {
		name   string
		store  nodes
		living pciback.Living
		want   error
	}{
		{"libxl's directory", nodes{"/libxl/pci": refused}, living, errRefused},
		{"a device's domain", nodes{"/libxl/pci/0000-00-09-0/domid": refused}, living, errRefused},
		{"the backends", nodes{backend: refused}, living, errRefused},
		{"one domain's backends", nodes{backend + "/1": refused}, living, errRefused},
		{"the number of devices", nodes{backend + "/1/0/num_devs": refused}, living, errRefused},
		{"a device", nodes{backend + "/1/0/num_devs": "1", backend + "/1/0/dev-0": refused}, living, errRefused},
		{"its state", nodes{backend + "/1/0/num_devs": "1", backend + "/1/0/dev-0": "0000:00:09.0", backend + "/1/0/state-0": refused}, living, errRefused},
		{"a guest's name", nodes{"/libxl/pci/0000-00-09-0/domid": "1", "/local/domain/1/name": refused}, living, errRefused},
		{"whether the domain lives", nodes{"/libxl/pci/0000-00-09-0/domid": "1"},
			func(context.Context, uint16) (bool, error) { return false, errXen }, errXen},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := pciback.Guests(t.Context(), test.store, test.living); !errors.Is(err, test.want) {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// TestGuestsAsksOncePerDomain keeps a guest with many devices from costing a
// hypercall for each.
func TestGuestsAsksOncePerDomain(t *testing.T) {
	store := nodes{}
	for i := range 8 {
		store[pciback.LibxlNode(slot(i))+"/domid"] = "1"
	}
	asked := 0
	guests, err := pciback.Guests(t.Context(), store, func(context.Context, uint16) (bool, error) {
		asked++
		return true, nil
	})
	if err != nil || len(guests) != 8 || asked != 1 {
		t.Errorf("%d devices, asked %d times, %v; want 8, once", len(guests), asked, err)
	}
}
