//go:build xen

package dom0

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// place is where a device should be.
type place string

const (
	absent    place = "absent"
	home      place = "in dom0, and not declared when it got there"
	hidden    place = "hidden"
	assigned  place = "assigned to a guest"
	givenBack place = "given back"
	fought    place = "hidden or contested" // it was lost three times at least
	stranger  place = "another card in its place"
)

// soaked is a device of the soak.
type soaked struct {
	address  string
	port, id string // of one that can be pulled; id only of one that is declared with it
	declared bool
	place    place
	guest    string
	like     *soaked // a card of the same kind, which may be this one in another place, unless it is declared
	driver   string  // of one that was given back; a driver that is loaded later may get it
	losses   int     // that the daemon knows of
}

// wrong says what is not as it should be; "" for nothing. It reads sysfs, and what guests
// have from the backends in xenstore.
func (c *soaked) wrong(t *testing.T) string {
	there, has, slot := isThere(c.address), driver(c.address), slices.Contains(slots(), c.address)
	kept := has == "pciback" && slot
	good := there
	switch c.place {
	case absent: // that somebody else's slot stays is no fault
		ambiguous := c.like != nil && !c.like.declared && isThere(c.like.address)
		good = !there && (slot || !c.declared || ambiguous)
	case home:
		good = there && has != "pciback"
	case hidden:
		good = there && kept
	case assigned:
		good = there && kept && strings.TrimSpace(quiet("xl", "domid", c.guest)) != ""
	case givenBack:
		good = there && has != "pciback" && !slot && (has == c.driver || c.driver == "")
	case fought:
		good = there && (kept || has != "pciback" && state(t, c.address) == "contested")
		if good && !kept {
			good = driver(c.address) != "pciback"
		}
	case stranger:
		good = there && has != "pciback" && !(slot && c.declared)
	}
	if good {
		return ""
	}
	return fmt.Sprintf("there: %v, driver %q, slot registered: %v", there, has, slot)
}

// free reports whether the device can be moved without being missed.
func (c *soaked) free() bool { return c.place != absent && c.place != assigned && c.place != stranger }

// reloaded is what a reload makes of it.
func (c *soaked) reloaded() {
	c.losses = 0
	if c.declared && (c.place == givenBack || c.place == fought) {
		c.place = hidden
	}
}

// declare changes whether it is declared.
func (c *soaked) declare(declared bool) {
	c.declared, c.losses = declared, 0
	switch {
	case declared && (c.place == home || c.place == fought):
		c.place = hidden
	case !declared && c.place == fought && driver(c.address) != "pciback":
		c.place = home
	case !declared && c.place == fought:
		c.place = hidden
	}
}

// declaration is the table of the card in the list.
func (c *soaked) declaration() string {
	text := fmt.Sprintf("[[device]]\naddress = %q\n", c.address)
	if c.id != "" {
		text += fmt.Sprintf("id = %q\n", c.id)
	}
	return text
}

// loaded reports whether the module of the cards that are plugged in is loaded.
func loaded(module string) bool {
	_, err := os.Stat("/sys/module/" + module)
	return err == nil
}
