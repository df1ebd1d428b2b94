package check

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/xenpci/xenpci/internal/hostboot"
)

// asRoot is what to do where the caller may not read a file.
const asRoot = "run it as root"

// entry checks which entry boots.
func (c *checker) entry() {
	n := c.next
	config := hostboot.Place{File: n.Loader.Config}
	var fault interface {
		Reason() string
		Advice() string
	}
	switch {
	case !n.Loader.Known() && n.Err == nil:
		c.add(Finding{Error, NotKnown, config, "", "no boot loader was found that xenpci knows", "if there is one, check its file: xenpci host check FILE"})
	case errors.Is(n.Err, fs.ErrPermission):
		c.add(Finding{Error, NotKnown, config, "", n.Err.Error() + ", so nothing was checked", asRoot})
	case errors.As(n.Err, &fault):
		c.add(Finding{Error, NotKnown, config, "", fault.Reason(), fault.Advice()})
	case n.Err != nil:
		c.add(Finding{Warning, NotKnown, config, "", n.Err.Error(), "check the entry that you mean as a file of its own: xenpci host check FILE"})
	case !n.Xen && n.Linux:
		c.add(Finding{Error, NotXen, n.Place, "", fmt.Sprintf("the default entry %q boots Linux without Xen", n.Title), "make an entry with Xen the default"})
	case !n.Xen:
		c.add(Finding{Error, NotXen, n.Place, "", fmt.Sprintf("the default entry %q does not boot Xen, as far as can be told", n.Title), "make an entry with Xen the default"})
	case n.Recovery:
		c.add(Finding{Warning, NextRecovery, n.Place, "", fmt.Sprintf("the default entry %q is for recovery", n.Title), "make a normal entry with Xen the default"})
	}
	if n.Missing != "" {
		c.add(Finding{Error, DefaultMissing, config, "", fmt.Sprintf("the default %q names no entry, so the first one boots", n.Missing), "name the entry as the menu has it; one in a submenu is SUBMENU>ENTRY"})
	}
}
