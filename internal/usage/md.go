package usage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// spared is how many of n legs an array of a level can lose, whichever they are.
// One of raid10 can lose more, but not any.
func spared(level string, n int) (legs int, known bool) {
	switch level {
	case "raid0", "linear":
		return 0, true
	case "raid1":
		return n - 1, true
	case "raid4", "raid5", "raid10":
		return 1, true
	case "raid6":
		return 2, true
	}
	return 0, false
}

// array settles an array of md. What md says of a leg is from its last write to
// it, so that a leg counts only while its block device is there. A spare, and a
// leg that is being rebuilt, carries nothing yet.
func (d *disks) array(n *Node, name string) {
	md := classBlock + "/" + name + "/md"
	level, err := d.fsys.Attribute(md + "/level")
	if err != nil && !sysfs.IsNotExist(err) {
		d.dark("how " + n.Words + " is made cannot be seen: " + err.Error())
	}
	if _, known := spared(level, 0); !known { // a container, or a partition of one
		d.stand(n, name, d.slaves(name), 0)
		return
	}
	legs := d.legs(n, name)
	total := max(d.raidDisks(md), len(legs))
	can, _ := spared(level, total)
	d.stand(n, name, legs, max(total-can, 1))
}

// legs are the block devices that hold the data of an array, by the folders
// dev-NAME (drivers/md/md.c, state_show). Its spares and its journal become
// needs of their own.
func (d *disks) legs(n *Node, name string) (legs []string) {
	md := classBlock + "/" + name + "/md"
	files, err := d.fsys.List(md)
	if err != nil {
		d.dark("what " + n.Words + " is on cannot be seen: " + err.Error())
	}
	slices.Sort(files)
	for _, file := range files {
		leg, ok := strings.CutPrefix(file, "dev-")
		if !ok {
			continue
		}
		text, err := d.fsys.Attribute(md + "/" + file + "/state")
		if err != nil {
			d.dark("whether " + n.Words + " is on " + deviceName(leg) + " cannot be seen: " + err.Error())
		}
		state := strings.Split(text, ",")
		switch {
		case slices.Contains(state, "journal"):
			d.need(Refuse, "the journal of "+n.Words+" is", d.node(leg))
		case slices.Contains(state, "replacement"), slices.Contains(state, "spare"):
			d.need(Warn, "a spare of "+n.Words+" is", d.node(leg))
		case slices.Contains(state, "in_sync"), err != nil:
			legs = append(legs, leg)
		}
	}
	return legs
}

// raidDisks is how many legs an array has when none is missing. While it is
// given another number there are two, "4 (3)"; the larger one counts.
func (d *disks) raidDisks(md string) (n int) {
	text, _ := d.fsys.Attribute(md + "/raid_disks")
	for field := range strings.FieldsSeq(text) {
		if number, err := strconv.Atoi(strings.Trim(field, "()")); err == nil {
			n = max(n, number)
		}
	}
	return n
}
