package boot

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// menuList edits the arguments in each stanza of menu.lst that boots Xen, and in the comment from
// which Debian's old update-grub makes stanzas: its title is the comment, as "# xenkopt=".
func (t target) menuList(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
	menu := grub.ParseMenuList(content)
	var edits []edit.Edit
	var titles titles
	option, editStanza := grub.OptionXenKernel, menu.EditDom0
	if t.xen {
		option, editStanza = grub.OptionXenHypervisor, menu.EditXen
	}
	for i, s := range menu.Stanzas {
		xen, ok := s.Xen()
		if !ok || s.Recovery() && !t.recovery {
			continue
		}
		e, err := editStanza(i, operation(titles.next(s.Title, s.Recovery()), t.line(xen)))
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", s.Title, err)
		}
		edits = append(edits, e)
	}
	if value, _, ok := menu.Option(option); ok && menu.Automagic() {
		e, err := menu.EditOption(option, operation(title{text: "# " + option + "="}, grub.ParseCommandLine(value)))
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return applyAll(content, edits)
}

// line returns the arguments of the target in what an entry loads.
func (t target) line(xen grub.Xen) grub.CommandLine {
	if t.xen {
		return xen.Hypervisor.Arguments
	}
	return xen.Dom0.Arguments
}
