package inventory

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/jaypipes/ghw"

	"github.com/xenpci/xenpci/internal/seen"
)

// argument makes this program the one that reads. The root follows it.
const argument = "read-inventory"

// Serve reads for another process and ends this one, if it was started for that. It must
// be the first call in main.
func Serve() {
	if len(os.Args) != 3 || os.Args[1] != argument {
		return
	}
	// A write that fails has nobody to hear of it.
	_ = json.NewEncoder(os.Stdout).Encode(known(os.Args[2]))
	os.Exit(0) //nolint:forbidigo // main is not for the child
}

// known returns what ghw knows of all disks and interfaces. ghw runs no program and
// prints no warning.
func known(root string) seen.Card {
	options := []any{ghw.WithChroot(root), ghw.WithDisableTools(), ghw.WithDisableWarnings()}
	var all seen.Card
	if block, err := ghw.Block(options...); err == nil {
		for _, d := range block.Disks {
			all.Disks = append(all.Disks, seen.Disk{Name: d.Name, Model: model(d.Model), Serial: value(d.SerialNumber), WWN: value(d.WWN), Size: d.SizeBytes})
		}
	}
	if network, err := ghw.Network(options...); err == nil {
		for _, n := range network.NICs {
			all.Interfaces = append(all.Interfaces, seen.Interface{Name: n.Name, MAC: value(n.MACAddress), Speed: speed(n.Speed)})
		}
	}
	return all
}

// value returns a value of ghw's; "" for one that it does not know.
func value(v string) string {
	if v == "unknown" { // util.UNKNOWN
		return ""
	}
	return v
}

// model returns a model as the disk has it: udev writes '_' for a blank (ID_MODEL).
func model(v string) string { return strings.ReplaceAll(value(v), "_", " ") }

// speed returns a speed in Mb/s, of ghw's "1000" or "1000Mb/s"; 0 for none.
func speed(v string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(v, "Mb/s"))
	if err != nil {
		return 0
	}
	return n
}
