package boot

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// editMenuList edits the arguments of dom0 in each stanza of menu.lst that boots it, and in
// the comment from which Debian's old update-grub makes stanzas, which has the title "".
func editMenuList(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error) {
	menu := grub.ParseMenuList(content)
	var edits []edit.Edit
	var titles titles
	for _, i := range menu.Dom0Stanzas() {
		s := menu.Stanzas[i]
		xen, _ := s.Xen()
		e, err := menu.EditDom0(i, operation(titles.next(s.Title), xen.Dom0.Arguments))
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", s.Title, err)
		}
		edits = append(edits, e)
	}
	if value, _, ok := menu.Option(grub.OptionXenKernel); ok && menu.Automagic() {
		e, err := menu.EditOption(grub.OptionXenKernel, operation(title{}, grub.ParseCommandLine(value)))
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return applyAll(content, edits)
}
