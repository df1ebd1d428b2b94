package passthrough

import (
	"context"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pci"
)

// byXLName returns the devices that xl knows by a name. The error is that xenstored did not
// answer.
func (v *View) byXLName(ctx context.Context, name string) ([]meaning, error) {
	names, err := v.engine(reporter{}).AssignableNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("xl's names cannot be read: %w", err)
	}
	m := meaning{by: NameXL}
	for a, other := range names {
		if other == name && v.present(a) {
			m.devices = append(m.devices, a)
		}
	}
	slices.SortFunc(m.devices, pci.Address.Compare)
	return m.orNone(), nil
}

// byDeclaredName returns the devices that are declared with a name, where they are now.
func (v *View) byDeclaredName(name string) []meaning {
	list, err := v.openList()
	if err != nil || !slices.ContainsFunc(list.Devices(), func(d config.Declared) bool { return d.Name == name }) {
		return nil
	}
	found, err := v.find(list)
	if err != nil {
		return nil
	}
	m := meaning{by: NameDeclared}
	for _, f := range found.findings {
		if f.Name == name && f.Found() {
			m.devices = append(m.devices, f.Now)
		}
	}
	return m.orNone()
}
