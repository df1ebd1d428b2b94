package grub

// bounds are what a script may still do. A function that has entries, called by
// functions that are called often, makes a large menu of a small file.
type bounds struct {
	calls    int // of functions; more are passed over
	steps    int // statements
	bytes    int // of words with their variables
	exceeded int // the line at which steps or bytes ended; 0 where they did not
}

// A grub.cfg of a hundred kernels has some thousand statements.
const (
	maxCalls = 1000
	maxSteps = 1 << 18
	maxBytes = 32 << 20
)

// may counts steps, and reports whether they may be made.
func (b *bounds) may(steps, line int) bool {
	if b.steps -= steps; b.exceeded == 0 && (b.steps < 0 || b.bytes < 0) {
		b.exceeded = line
	}
	return b.exceeded == 0
}
