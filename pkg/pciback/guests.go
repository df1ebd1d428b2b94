package pciback

import (
	"context"
	"errors"
	"io/fs"
	"strconv"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Guest is a running domain that has a device.
type Guest struct {
	ID   uint16 `json:"id"`
	Name string `json:"name"` // "" when xenstore has none
}

// String is "guest NAME (domain ID)".
func (g Guest) String() string {
	id := strconv.Itoa(int(g.ID))
	if g.Name == "" {
		return "domain " + id
	}
	return "guest " + g.Name + " (domain " + id + ")"
}

// Store is what Guests reads of xenstore. A missing node is an error with
// fs.ErrNotExist in its chain.
type Store interface {
	Read(ctx context.Context, path string) (string, error)
	Directory(ctx context.Context, path string) ([]string, error)
}

// Living reports whether a domain exists now, by asking the hypervisor or xenstored.
type Living func(ctx context.Context, domain uint16) (bool, error)

// The two places in xenstore that name the guest of a device. Either may be stale:
// after a forced unbind both outlive their domain (measured), and some toolstacks
// remove the backend node while the guest is running.
const (
	assignedDir = libxlDir
	backendDir  = "/local/domain/0/backend/pci"
)

// closed is the XenbusState of a device that its guest has released.
const closed = "6"

// maxFunctions bounds the devices of one backend; libxl numbers them from 0.
const maxFunctions = 512

// Guests returns the running domains that have devices, by device. It ignores nodes
// whose domain is gone.
func Guests(ctx context.Context, store Store, living Living) (map[pci.Address]Guest, error) {
	r := guestReader{store: store, living: living, domains: map[uint16]*Guest{}, found: map[pci.Address]Guest{}}
	if err := r.assigned(ctx); err != nil {
		return nil, err
	}
	if err := r.backends(ctx); err != nil {
		return nil, err
	}
	return r.found, nil
}

// AssignableNames returns the names by which xl knows hidden devices: those that 'xl
// pci-assignable-add -n NAME' gave to them.
func AssignableNames(ctx context.Context, store Store) (map[pci.Address]string, error) {
	r := guestReader{store: store}
	keys, err := r.directory(ctx, libxlDir)
	if err != nil {
		return nil, err
	}
	names := map[pci.Address]string{}
	for _, key := range keys {
		a, ok := parseLibxlKey(key)
		if !ok {
			continue
		}
		name, err := r.read(ctx, LibxlNameNode(a))
		if err != nil {
			return nil, err
		}
		if name != "" {
			names[a] = name
		}
	}
	return names, nil
}

type guestReader struct {
	store   Store
	living  Living
	domains map[uint16]*Guest // nil for a domain that is gone
	found   map[pci.Address]Guest
}

// assigned reads /libxl/pci/<dddd-bb-ss-f>/domid.
func (r guestReader) assigned(ctx context.Context) error {
	keys, err := r.directory(ctx, assignedDir)
	if err != nil {
		return err
	}
	for _, key := range keys {
		a, ok := parseLibxlKey(key)
		if !ok {
			continue
		}
		domain, err := r.read(ctx, assignedDir+"/"+key+"/domid")
		if err != nil {
			return err
		}
		if err := r.note(ctx, a, domain); err != nil {
			return err
		}
	}
	return nil
}

// backends reads /local/domain/0/backend/pci/<domid>/<devid>/dev-<n>.
func (r guestReader) backends(ctx context.Context) error {
	domains, err := r.directory(ctx, backendDir)
	if err != nil {
		return err
	}
	for _, domain := range domains {
		devids, err := r.directory(ctx, backendDir+"/"+domain)
		if err != nil {
			return err
		}
		for _, devid := range devids {
			if err := r.backend(ctx, domain, backendDir+"/"+domain+"/"+devid); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r guestReader) backend(ctx context.Context, domain, dir string) error {
	count, err := r.read(ctx, dir+"/num_devs")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(count)
	for i := range min(n, maxFunctions) {
		suffix := "-" + strconv.Itoa(i)
		name, err := r.read(ctx, dir+"/dev"+suffix)
		if err != nil {
			return err
		}
		state, err := r.read(ctx, dir+"/state"+suffix)
		if err != nil {
			return err
		}
		if a, ok := pci.ParseName(name); ok && state != closed {
			if err := r.note(ctx, a, domain); err != nil {
				return err
			}
		}
	}
	return nil
}

// note records that a domain has device a, if the domain exists.
func (r guestReader) note(ctx context.Context, a pci.Address, domain string) error {
	id, err := strconv.ParseUint(domain, 10, 16)
	if err != nil {
		return nil
	}
	guest, known := r.domains[uint16(id)]
	if !known {
		if guest, err = r.guest(ctx, uint16(id)); err != nil {
			return err
		}
		r.domains[uint16(id)] = guest
	}
	if guest != nil {
		r.found[a] = *guest
	}
	return nil
}

func (r guestReader) guest(ctx context.Context, id uint16) (*Guest, error) {
	lives, err := r.living(ctx, id)
	if err != nil || !lives {
		return nil, err
	}
	name, err := r.read(ctx, "/local/domain/"+strconv.Itoa(int(id))+"/name")
	if err != nil {
		return nil, err
	}
	return &Guest{ID: id, Name: name}, nil
}

func (r guestReader) read(ctx context.Context, path string) (string, error) {
	value, err := r.store.Read(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return value, err
}

func (r guestReader) directory(ctx context.Context, path string) ([]string, error) {
	names, err := r.store.Directory(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}
