package xz

// The numbers of LZMA's model.
const (
	states       = 12
	positions    = 1 << 4 // most
	literals     = 0x300
	half         = 1 << 10 // a probability of one half
	probBits     = 11
	moveBits     = 5
	top          = 1 << 24
	shortestCopy = 2
)

// lzma is the state of LZMA's decoder.
type lzma struct {
	window     int // how far back a match may refer
	lc, lp, pb uint
	position   uint32 // of the next byte since the dictionary was reset
	state      int
	distances  [4]uint32 // the last ones, less one

	isMatch, isRepeatLong                     [states][positions]uint16
	isRepeat, isRepeat0, isRepeat1, isRepeat2 [states]uint16
	slots                                     [4][64]uint16
	special                                   [128]uint16
	align                                     [16]uint16
	matchLength, repeatLength                 lengths
	literal                                   [literals << 4]uint16

	// The range coder.
	in          []byte
	at          int
	width, code uint32
}

// lengths is the model of the length of a match.
type lengths struct {
	choice   [2]uint16
	low, mid [positions][8]uint16
	high     [256]uint16
}

// set sets the properties, and resets the state. It returns false for properties that LZMA2 does not
// have.
func (l *lzma) set(b byte) bool {
	if b >= 9*5*5 {
		return false
	}
	l.lc, l.lp, l.pb = uint(b%9), uint(b/9%5), uint(b/45)
	if l.lc+l.lp > 4 {
		return false
	}
	l.resetState()
	return true
}

func (l *lzma) resetState() {
	l.state, l.distances = 0, [4]uint32{}
	for i := range states {
		fill(l.isMatch[i][:])
		fill(l.isRepeatLong[i][:])
	}
	for _, p := range [...][]uint16{l.isRepeat[:], l.isRepeat0[:], l.isRepeat1[:], l.isRepeat2[:], l.special[:], l.align[:], l.literal[:]} {
		fill(p)
	}
	for i := range l.slots {
		fill(l.slots[i][:])
	}
	for _, m := range [...]*lengths{&l.matchLength, &l.repeatLength} {
		fill(m.choice[:])
		fill(m.high[:])
		for i := range positions {
			fill(m.low[i][:])
			fill(m.mid[i][:])
		}
	}
}

func fill(p []uint16) {
	for i := range p {
		p[i] = half
	}
}

// decode appends what a chunk decodes to, of which the size is known. history has room for it.
func (l *lzma) decode(in, history []byte, size int) ([]byte, error) {
	const head = 5
	if len(in) < head || in[0] != 0 {
		return nil, ErrFormat
	}
	l.in, l.at, l.width = in, head, 0xffffffff
	l.code = uint32(in[1])<<24 | uint32(in[2])<<16 | uint32(in[3])<<8 | uint32(in[4])
	for end := len(history) + size; len(history) < end; {
		at := l.position & (1<<l.pb - 1)
		if l.bit(&l.isMatch[l.state][at]) == 0 {
			if history = append(history, l.byte(history)); l.at > len(in) {
				return nil, ErrFormat
			}
			l.position++
			continue
		}
		length := l.match(at)
		distance := int64(l.distances[0]) + 1
		if l.at > len(in) || distance > int64(min(len(history), l.window)) || length > end-len(history) {
			return nil, ErrFormat
		}
		from := len(history) - int(distance)
		for i := range length { // it may overlap with what it makes
			history = append(history, history[from+i])
		}
		l.position += uint32(length)
	}
	if l.refill(); l.at != len(in) || l.code != 0 {
		return nil, ErrFormat
	}
	return history, nil
}

// match decodes a match or a repeated match, and returns its length. Its distance is the first of the
// last ones.
func (l *lzma) match(at uint32) int {
	if l.bit(&l.isRepeat[l.state]) == 0 {
		l.distances = [4]uint32{0, l.distances[0], l.distances[1], l.distances[2]}
		length := l.length(&l.matchLength, at)
		l.state = after(l.state, 7, 10)
		l.distances[0] = l.distance(length)
		return length
	}
	d := &l.distances
	switch {
	case l.bit(&l.isRepeat0[l.state]) == 0:
		if l.bit(&l.isRepeatLong[l.state][at]) == 0 {
			l.state = after(l.state, 9, 11)
			return 1
		}
	case l.bit(&l.isRepeat1[l.state]) == 0:
		d[0], d[1] = d[1], d[0]
	case l.bit(&l.isRepeat2[l.state]) == 0:
		d[0], d[1], d[2] = d[2], d[0], d[1]
	default:
		d[0], d[1], d[2], d[3] = d[3], d[0], d[1], d[2]
	}
	length := l.length(&l.repeatLength, at)
	l.state = after(l.state, 8, 11)
	return length
}

// after returns one of two states: the first follows a literal.
func after(state, literal, other int) int {
	if state < 7 {
		return literal
	}
	return other
}

// byte decodes a literal.
func (l *lzma) byte(history []byte) byte {
	var previous byte
	if l.position > 0 && len(history) > 0 {
		previous = history[len(history)-1]
	}
	which := (uint(l.position)&(1<<l.lp-1))<<l.lc + uint(previous)>>(8-l.lc)
	model := l.literal[literals*which:][:literals]
	symbol := uint32(1)
	if l.state >= 7 { // after a match, the byte that would have followed it is a hint
		var hint uint32
		if distance := int(l.distances[0]) + 1; distance <= len(history) {
			hint = uint32(history[len(history)-distance])
		}
		offset := uint32(0x100)
		for symbol < 0x100 {
			hint <<= 1
			bit := l.bit(&model[offset+hint&offset+symbol])
			symbol = symbol<<1 | bit
			if bit == 1 {
				offset &= hint
			} else {
				offset &^= hint
			}
		}
	}
	for symbol < 0x100 {
		symbol = symbol<<1 | l.bit(&model[symbol])
	}
	switch {
	case l.state < 4:
		l.state = 0
	case l.state < 10:
		l.state -= 3
	default:
		l.state -= 6
	}
	return byte(symbol)
}

func (l *lzma) length(m *lengths, at uint32) int {
	switch {
	case l.bit(&m.choice[0]) == 0:
		return shortestCopy + int(l.tree(m.low[at][:]))
	case l.bit(&m.choice[1]) == 0:
		return shortestCopy + 8 + int(l.tree(m.mid[at][:]))
	}
	return shortestCopy + 16 + int(l.tree(m.high[:]))
}

// distance decodes the distance of a match, less one.
func (l *lzma) distance(length int) uint32 {
	slot := l.tree(l.slots[min(length-shortestCopy, 3)][:])
	if slot < 4 {
		return slot
	}
	bits := slot>>1 - 1
	base := (2 | slot&1) << bits
	if slot < 14 {
		return base + l.reverse(l.special[base-slot:], bits)
	}
	return base + l.direct(bits-4)<<4 + l.reverse(l.align[:], 4)
}

// tree decodes a number of as many bits as the model has room for, the highest one first.
func (l *lzma) tree(model []uint16) uint32 {
	symbol := uint32(1)
	for symbol < uint32(len(model)) {
		symbol = symbol<<1 | l.bit(&model[symbol])
	}
	return symbol - uint32(len(model))
}

// reverse decodes a number of some bits, the lowest one first.
func (l *lzma) reverse(model []uint16, bits uint32) (value uint32) {
	symbol := uint32(1)
	for i := range bits {
		bit := l.bit(&model[symbol])
		symbol = symbol<<1 | bit
		value |= bit << i
	}
	return value
}

// direct decodes bits that have no model.
func (l *lzma) direct(bits uint32) (value uint32) {
	for range bits {
		l.refill()
		l.width >>= 1
		bit := uint32(0)
		if l.code >= l.width {
			l.code -= l.width
			bit = 1
		}
		value = value<<1 | bit
	}
	return value
}

// bit decodes a bit by its probability.
func (l *lzma) bit(p *uint16) uint32 {
	l.refill()
	bound := l.width >> probBits * uint32(*p)
	if l.code < bound {
		l.width = bound
		*p += (1<<probBits - *p) >> moveBits
		return 0
	}
	l.width -= bound
	l.code -= bound
	*p -= *p >> moveBits
	return 1
}

// refill reads a byte where the range has become too small. Behind the end of the input it reads
// zeros, and at is too large then.
func (l *lzma) refill() {
	if l.width >= top {
		return
	}
	l.width <<= 8
	l.code <<= 8
	if l.at < len(l.in) {
		l.code |= uint32(l.in[l.at])
	}
	l.at++
}
