package engine

import (
	"encoding/json"
	"path"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// originDir keeps, a file a device, the driver that it was hidden from. It is
// what unhide goes by where no xenstored runs to keep driver_path.
const originDir = "/run/xenpci/origin"

// maxOrigin bounds such a file, in bytes; a driver's name is some ten.
const maxOrigin = 1 << 10

type origin struct {
	Driver string `json:"driver"`
}

// origin returns the driver that device a was hidden from; "" when no run of
// ours noted one.
func (e *Engine) origin(a pci.Address) (string, error) {
	name := path.Join(originDir, a.String())
	content, err := e.FS.Read(name, maxOrigin)
	if sysfs.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var o origin
	if err := json.Unmarshal(content, &o); err != nil {
		// A file that was cut says nothing; the kernel will find a driver.
		return "", nil
	}
	return o.Driver, nil
}

// keepOrigin notes the driver that device a is about to be taken from.
func (e *Engine) keepOrigin(a pci.Address, driver string) error {
	content, err := json.Marshal(origin{Driver: driver})
	if err != nil {
		return err
	}
	return e.writeNote(path.Join(originDir, a.String()), content, 0o600)
}

// dropOrigin forgets it, when the device is back.
func (e *Engine) dropOrigin(a pci.Address) error {
	return e.dropNote(path.Join(originDir, a.String()))
}
