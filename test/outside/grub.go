package outside

import (
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// AddToDom0 gives dom0's kernel an argument in the first stanza of a menu.lst. Package
// grub takes no root: it works on bytes.
func AddToDom0(menu []byte, key, value string) ([]byte, error) {
	var operation grub.Operation = grub.SetKey(key, value)
	var e edit.Edit
	e, err := grub.ParseMenuList(menu).EditDom0(0, operation)
	if err != nil {
		return nil, err
	}
	return e.Apply(menu)
}
