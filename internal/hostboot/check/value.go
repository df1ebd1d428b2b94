package check

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
)

// value checks the value of an option by its type, as Xen reads it (parse_params in
// xen/common/kernel.c), and by what is documented.
func (c *checker) value(w xenWord) {
	switch w.option.Type {
	case image.Bool, image.Inverted:
		c.boolean(w)
		return
	case image.Unsigned:
		c.number(w)
		return
	case image.Size:
		if _, ok := option.ParseSize(w.value); !ok {
			c.word(Error, WrongType, w.Word, "the value is no size", "write a number with K, M, G or T, as in "+w.key+"=512M")
		}
		return
	case image.String:
		if w.option.Room > 0 && len(w.value) >= w.option.Room {
			c.word(Error, ValueTooLong, w.Word, fmt.Sprintf("the value has %d bytes, and Xen cuts it after %d", len(w.value), w.option.Room-1), "")
			return
		}
	case image.Custom:
		if w.negated && w.hasValue {
			c.word(Error, DoubleNegative, w.Word, "no- and a value do not go together, and Xen ignores the word", "write "+w.key+"=no, or the value without no-")
			return
		}
	}
	c.documented(w)
}

func (c *checker) boolean(w xenWord) {
	if w.value == "" {
		return
	}
	on, ok := option.ParseBool(w.value)
	switch {
	case !ok:
		c.word(Error, WrongType, w.Word, "the value is neither on nor off, and Xen ignores the word", "write "+w.key+"=on or "+w.key+"=off")
	case w.negated && !on:
		c.word(Error, DoubleNegative, w.Word, "no- and "+w.value+" together switch "+w.key+" on", "write "+w.key+"=off")
	}
}

func (c *checker) number(w xenWord) {
	switch {
	case w.negated:
		c.word(Error, WrongType, w.Word, "the option is a number, which no- sets to 0", "write the number")
	case w.value == "":
		c.word(Error, WrongType, w.Word, "the option is a number, which is 0 without a value", "write the number")
	case !option.IsInteger(w.value):
		c.word(Error, WrongType, w.Word, "the value is no number", "write a number, as in "+w.key+"=4")
	}
}

// documented checks a value by what is documented.
func (c *checker) documented(w xenWord) {
	d, ok := c.manual.Documented(w.option.Name, c.release)
	if !ok || d.Form.Any() {
		return
	}
	if w.negated {
		if !d.Form.Bool() {
			c.word(Error, WrongValue, w.Word, "the option is not one that is on or off, and Xen ignores the word", formAdvice(d))
		}
		return
	}
	if w.value == "" {
		if !d.Form.Bool() && w.key == "dom0_mem" {
			c.word(Error, WrongValue, w.Word, "the value is missing", formAdvice(d))
		}
		return
	}
	if w.key == "sched" && strings.HasPrefix(w.value, "sedf") {
		c.word(Error, GoneOption, w.Word, "the scheduler sedf is gone since Xen 4.6, and Xen takes its default one", "write sched=credit2, sched=credit or sched=rtds")
		return
	}
	item, refused := d.Form.Refuses(w.value)
	switch {
	case !refused:
		c.unit(w)
	case w.key == "console":
		if item != "hvc0" && !strings.HasPrefix(item, "tty") || strings.Contains(w.value, ",") {
			c.word(Error, WrongValue, w.Word, fmt.Sprintf("Xen has no console %q", item), formAdvice(d))
		}
	case w.key == "dom0_mem" && (strings.HasPrefix(item, "max=") || strings.HasPrefix(item, "min=")):
		c.word(Error, WrongValue, w.Word, fmt.Sprintf("Xen does not take %q", item), "write "+strings.Replace(item, "=", ":", 1))
	case w.key == "com1" || w.key == "com2":
		c.word(Error, WrongValue, w.Word, "the port is not configured so", "write speed, then data bits, parity and stop bits: "+w.key+"=115200,8n1 is 8 data bits, no parity (n), 1 stop bit")
	default:
		c.word(Error, WrongValue, w.Word, fmt.Sprintf("Xen does not take %q", item), formAdvice(d))
	}
}

// least is what dom0_mem= is not meant to be less than, in KiB.
const least = 32 << 10

// unit checks for an amount of memory that was meant in MiB.
func (c *checker) unit(w xenWord) {
	if w.key != "dom0_mem" {
		return
	}
	for item := range strings.SplitSeq(w.value, ",") {
		_, size, named := strings.Cut(item, ":")
		if !named {
			size = item
		}
		var n uint64
		if unit, ok := option.ParseSize(size); !ok || unit != 0 {
			continue
		}
		if _, err := fmt.Sscan(size, &n); err == nil && n > 0 && n < least {
			c.word(Error, NoUnit, w.Word, fmt.Sprintf("%s without a unit is %d KiB, with which dom0 does not start", item, n), fmt.Sprintf("write %sM", item))
		}
	}
}

// formAdvice says what an option takes.
func formAdvice(d option.Documented) string {
	form := string(d.Form)
	if items, ok := strings.CutPrefix(form, "list "); ok {
		return d.Name + "= takes a list of " + items
	}
	return d.Name + "= takes " + form
}

// risk is the finding of options by which hosts were lost.
func (c *checker) risk(w xenWord) {
	on, set := option.ParseBool(w.value)
	enabled := !w.negated && (w.value == "" || set && on)
	has := func(items ...string) bool {
		for item := range strings.SplitSeq(w.value, ",") {
			for _, wanted := range items {
				if item == wanted {
					return true
				}
			}
		}
		return false
	}
	switch {
	case w.key == "noreboot" && enabled:
		c.word(Warning, Risky, w.Word, "after a panic the host stays halted until somebody resets it", "remove it once the fault is found")
	case w.key == "acpi" && w.value == "ht":
		c.word(Warning, Risky, w.Word, "Xen panics with it on machines that need ACPI", "remove it")
	case w.key == "dom0" && has("pvh"):
		c.word(Warning, Risky, w.Word, "in a PVH dom0 a PV guest gets no interrupts from a device, and one that turns on MSI makes dom0 panic, or hang when it shuts down", "remove it if a PV guest has a device")
	case w.key == "sync_console" && enabled:
		c.word(Warning, Risky, w.Word, "Xen waits for each letter on the serial line, and the clock of guests may jump", "remove it once the fault is found")
	case w.key == "iommu" && has("no-igfx", "igfx=no", "igfx=off", "igfx=0", "igfx=false"):
		c.word(Warning, Risky, w.Word, "the IOMMU of the graphics card is off, so that nothing limits its DMA; on some machines the screen stays dark or Xen hangs", "remove it, unless the graphics need it")
	}
}
