package boot

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// grubConfigChanges returns the changes of each grub.cfg that a person wrote: of the one that
// the boot loader reads, and of any that xenpci edited when the machine booted by that.
func grubConfigChanges(h *Host, value string, on bool) ([]change.Change, error) {
	var changes []change.Change
	names := append(linkedConfigs(h.FS), grubConfigs[:]...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		reads := h.Loader.inPlace() && name == h.Loader.Config
		if _, touched, err := change.Backup(h.FS, brand.Hiding, name); !reads && (err != nil || !touched) {
			continue
		}
		c, err := target{}.grubConfig(grubVariables(h.FS, name)).change(h, name, value, on && reads)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// grubConfig edits the arguments in each entry of a grub.cfg that boots Xen. It is an error if that
// would change another entry, or anything else in one: an entry may be made by a function, or get its
// arguments from a variable. What grub-mkconfig has made since is returned as it is. variables are those
// that GRUB has when it reads the file.
func (t target) grubConfig(variables map[string]string) inPlace {
	return func(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
		if grub.Generated(content) {
			return content, nil
		}
		return t.editConfig(content, variables, operation)
	}
}

func (t target) editConfig(content []byte, variables map[string]string, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
	config, err := grub.ParseConfig(content, variables)
	if err != nil {
		return nil, err
	}
	var edits []edit.Edit
	var want []grub.Entry
	var titles titles
	entries, editEntry := config.XenEntries(), config.EditDom0
	if t.xen {
		editEntry = config.EditXen
	}
	lines := make([]string, len(entries))
	for i, e := range entries {
		xen, _ := e.Xen()
		lines[i] = t.line(xen).String()
		want = append(want, e)
		if e.Recovery() && !t.recovery {
			continue
		}
		o := operation(titles.next(e.Title, e.Recovery()), t.line(xen))
		line, err := t.line(xen).Apply(o)
		if err == nil {
			var one edit.Edit
			one, err = editEntry(e, o)
			edits = append(edits, one)
		}
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", e.Title, err)
		}
		lines[i] = line.String()
	}
	edited, err := applyAll(content, edits)
	if err != nil {
		return nil, err
	}
	return edited, t.only(edited, variables, want, lines)
}

// only returns an error unless the entries of a grub.cfg that boot Xen are these, and the target
// has these arguments.
func (t target) only(edited []byte, variables map[string]string, want []grub.Entry, lines []string) error {
	config, err := grub.ParseConfig(edited, variables)
	if err != nil {
		return err
	}
	got := config.XenEntries()
	if len(got) != len(want) {
		return errors.New("the argument cannot be edited alone")
	}
	for i, e := range got {
		have, _ := e.Xen()
		was, _ := want[i].Xen()
		same := e.Title == want[i].Title && have.Hypervisor.File == was.Hypervisor.File && have.Dom0.File == was.Dom0.File &&
			target{xen: !t.xen}.line(have).String() == target{xen: !t.xen}.line(was).String() && slices.Equal(have.Initrds(), was.Initrds())
		if !same || t.line(have).String() != lines[i] {
			return fmt.Errorf("line %d: the entry %q gets its arguments from elsewhere in the file, or shares them with another entry", have.Dom0.Line, e.Title)
		}
	}
	return nil
}
