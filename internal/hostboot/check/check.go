package check

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// checker is one check of what boots next.
type checker struct {
	f       sysfs.FS
	next    hostboot.Next
	manual  *option.Manual
	table   image.Table
	release string // of the hypervisor that boots; "" where it is not known
	found   []Finding
}

// Check returns what is wrong with what boots next, in the order of the boot: the entry, its
// files, Xen's line, dom0's line. running is the release of the Xen that runs, "" for none.
func Check(f sysfs.FS, next hostboot.Next, manual *option.Manual, running string) []Finding {
	c := &checker{f: f, next: next, manual: manual, release: next.Release()}
	if c.entry(); !next.Xen {
		return c.found
	}
	var read bool
	c.table, read = next.Options(manual, running)
	if !read && (next.Hypervisor.Name != "" || next.Hypervisor.Named == "") {
		place := hostboot.Place{File: cmp.Or(next.Hypervisor.Name, next.Place.File)}
		reason, advice := "the options of the image cannot be read", ""
		if errors.Is(next.TableErr, fs.ErrPermission) {
			reason, advice = fmt.Sprintf("%s (%v)", reason, next.TableErr), asRoot
		}
		c.add(Finding{Note, ImageUnread, place, "", reason + "; they are taken to be those of Xen " + c.table.Release, advice})
	}
	c.files()
	c.settings()
	c.xenLine()
	c.dom0Line()
	return c.found
}

// Entry returns what is wrong with an entry that does not boot by default: with its files, Xen's
// line and dom0's line.
func Entry(f sysfs.FS, next hostboot.Next, manual *option.Manual, running string) []Finding {
	c := &checker{f: f, next: next, manual: manual, release: next.Release()}
	c.table, _ = next.Options(manual, running)
	c.loaded()
	c.xenLine()
	c.dom0Line()
	return c.found
}

// Lines returns what is wrong with the words of the two command lines alone, as Check does.
func Lines(f sysfs.FS, next hostboot.Next, manual *option.Manual, running string) []Finding {
	c := &checker{f: f, next: next, manual: manual, release: next.Release()}
	c.table, _ = next.Options(manual, running)
	c.xenLine()
	c.dom0Line()
	return c.found
}

// add notes a finding, once.
func (c *checker) add(f Finding) {
	if !slices.Contains(c.found, f) {
		c.found = append(c.found, f)
	}
}

// word notes a finding about a word.
func (c *checker) word(s Severity, code Code, w hostboot.Word, reason, advice string) {
	c.add(Finding{s, code, w.Place, w.Text, reason, advice})
}
