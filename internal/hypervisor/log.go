package hypervisor

import "strings"

// logLimit is how much of the log is searched, in bytes.
const logLimit = 64 << 20

// Found is what the log says of something that is on or off.
type Found int

// The answers.
const (
	NotFound Found = iota
	Enabled
	Disabled
)

// InterruptRemapping returns what the log says of interrupt remapping
// (xen/drivers/passthrough/iommu.c), and whether lines of the log are lost. Xen says it
// once, while it starts.
func (r *Running) InterruptRemapping() (found Found, lost bool, err error) {
	lost, err = r.search(func(line Line) bool {
		found = remapping(line)
		return found == NotFound
	})
	return found, lost, err
}

// mostBadConsoles is how many lines BadConsole returns.
const mostBadConsoles = 16

// BadConsole returns the lines of the log that name what console= has and Xen does not. Xen says it
// once, while it starts.
func (r *Running) BadConsole() (lines []string, err error) {
	_, err = r.search(func(line Line) bool {
		if line.Mark == MarkBadConsole {
			lines = append(lines, line.Text)
		}
		return len(lines) < mostBadConsoles
	})
	return lines, err
}

// search calls look for the lines of the log, the oldest first, until it returns false. lost is
// whether lines before the last of them are lost.
func (r *Running) search(look func(Line) bool) (lost bool, err error) {
	console := r.Console()
	var lines Lines
	for total := 0; total < logLimit; {
		text, gone, err := console.Read()
		if err != nil {
			return lost, err
		}
		lost = lost || gone > 0
		for _, line := range lines.Add(text, gone) {
			if !look(line) {
				return lost, nil
			}
		}
		if total += len(text); len(text) == 0 {
			break
		}
	}
	return lost, nil
}

func remapping(line Line) Found {
	text, own := strings.CutPrefix(line.Text, prefix)
	switch {
	case !own:
		return NotFound
	case strings.HasSuffix(text, "Interrupt remapping enabled"):
		return Enabled
	case strings.HasSuffix(text, "Interrupt remapping disabled"):
		return Disabled
	}
	return NotFound
}
