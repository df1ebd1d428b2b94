package grub

// bounds limit what a script does. A function with entries, called by functions that
// are called often, makes a large menu of a small file.
type bounds struct {
	calls    int // of functions; further ones are ignored
	steps    int // statements
	bytes    int // of words with their variables
	exceeded int // the line at which steps or bytes were used up; 0 if they were not
}

// A grub.cfg of a hundred kernels has some thousand statements.
const (
	maxCalls = 1000
	maxSteps = 1 << 18
	maxBytes = 32 << 20
)

// may subtracts steps, and reports whether they are allowed.
func (b *bounds) may(steps, line int) bool {
	if b.steps -= steps; b.exceeded == 0 && (b.steps < 0 || b.bytes < 0) {
		b.exceeded = line
	}
	return b.exceeded == 0
}
