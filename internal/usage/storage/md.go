package storage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// spared returns how many of n legs an array of a level can lose, whichever they
// are. raid10 can lose more of them, but not any.
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

// array settles an array of md. The state that md shows of a leg is from its last
// write to it, so that a leg is taken only while its block device is there. A
// spare, and a leg that is being rebuilt, holds no data yet.
func (d *disks) array(n *graph.Node, name string) {
	md := classBlock + "/" + name + "/md"
	level, err := d.fsys.Attribute(md + "/level")
	if err != nil && !sysfs.IsNotExist(err) {
		d.Unknown(graph.DiskUnknown, graph.Warn, n.Name, "cannot tell the RAID level of "+n.Name, err)
		d.other(n, name, d.homes[name])
		return
	}
	if _, known := spared(level, 0); !known { // a container, or a partition of one
		d.stand(n, name, d.slaves(n, name), 0)
		return
	}
	legs, shown := d.legs(n, name)
	if !shown {
		d.other(n, name, d.homes[name])
		return
	}
	total := max(d.raidDisks(md), len(legs))
	can, _ := spared(level, total)
	d.stand(n, name, legs, max(total-can, 1))
}

// legs returns the names of the block devices that hold the data of an array, by
// the folders dev-NAME (state_show in drivers/md/md.c). Its spares and its journal
// become needs of their own. shown reports whether there is such a folder.
func (d *disks) legs(n *graph.Node, name string) (legs []string, shown bool) {
	md := classBlock + "/" + name + "/md"
	files, err := d.fsys.List(md)
	if err != nil {
		d.unknown(n, err)
	}
	slices.Sort(files)
	for _, file := range files {
		leg, ok := strings.CutPrefix(file, "dev-")
		if !ok {
			continue
		}
		shown = true
		text, err := d.fsys.Attribute(md + "/" + file + "/state")
		if err != nil {
			d.Unknown(graph.DiskUnknown, graph.Warn, n.Name, "cannot tell whether "+n.Name+" is on "+deviceName(leg), err)
		}
		state := strings.Split(text, ",")
		switch {
		case slices.Contains(state, "journal"):
			d.Need(graph.Need{Code: graph.RAIDJournal, Severity: graph.Refuse, Subject: "the journal of " + n.Name, On: d.node(leg)})
		case slices.Contains(state, "replacement"), slices.Contains(state, "spare"):
			d.Need(graph.Need{
				Code: graph.RAIDSpare, Severity: graph.Warn, Subject: "a spare of " + n.Name, On: d.node(leg),
				Advice: "mdadm /dev/" + n.Name + " --fail /dev/" + deviceName(leg) + " --remove /dev/" + deviceName(leg) + " first",
			})
		case slices.Contains(state, "in_sync"), err != nil:
			legs = append(legs, leg)
		}
	}
	return legs, shown
}

// raidDisks returns how many legs an array has when none is missing. While it is
// reshaped there are two numbers, "4 (3)", of which the larger one is returned.
func (d *disks) raidDisks(md string) (n int) {
	text, _ := d.fsys.Attribute(md + "/raid_disks")
	for field := range strings.FieldsSeq(text) {
		if number, err := strconv.Atoi(strings.Trim(field, "()")); err == nil {
			n = max(n, number)
		}
	}
	return n
}
