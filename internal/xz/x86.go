package xz

import "encoding/binary"

// x86 undoes the filter by which the targets of calls and jumps are absolute, so that calls of one
// function look alike.
type x86 struct {
	position uint32 // of the first byte of held
	held     []byte // decoded by LZMA2: an instruction at its end may go on
	done     int    // bytes of held that are filtered
	mask     uint32 // which of the bytes before it began an instruction
}

// instruction is how many bytes a call or jump has.
const instruction = 5

// decode returns what can be filtered; everything if it is the last. It is valid until the next call.
func (f *x86) decode(more []byte, last bool) []byte {
	f.held = append(f.held[:copy(f.held, f.held[f.done:])], more...)
	f.done = f.filter(f.held)
	if last {
		f.done = len(f.held)
	}
	f.position += uint32(f.done)
	return f.held[:f.done]
}

// filter changes the instructions in b, and returns how many bytes it has looked at.
func (f *x86) filter(b []byte) int {
	if len(b) < instruction {
		return 0
	}
	end, last, i := len(b)-instruction+1, -1, 0
	for ; i < end; i++ {
		if b[i]&0xfe != 0xe8 {
			continue
		}
		if f.skips(b, i, i-last) {
			last = i
			continue
		}
		last = i
		if !extreme(b[i+4]) {
			f.mask = f.mask<<1 | 1
			continue
		}
		f.convert(b[i+1:], f.position+uint32(i)+instruction)
		i += instruction - 1
	}
	if gap := i - last; gap > 3 {
		f.mask = 0
	} else {
		f.mask <<= gap - 1
	}
	return i
}

// skips reports whether an opcode is probably a part of an instruction that began up to three bytes
// before it.
func (f *x86) skips(b []byte, i, gap int) bool {
	if gap > 3 {
		f.mask = 0
		return false
	}
	if f.mask = f.mask << (gap - 1) & 7; f.mask == 0 {
		return false
	}
	allowed := f.mask == 1 || f.mask == 2 || f.mask == 4
	if !allowed || extreme(b[i+4-bits(f.mask)]) {
		f.mask = f.mask<<1 | 1
		return true
	}
	return false
}

// bits returns how many bits a mask has up to its highest one.
func bits(mask uint32) (n int) {
	for ; mask > 0; mask >>= 1 {
		n++
	}
	return n
}

// extreme reports whether a byte is the highest of a small number.
func extreme(b byte) bool { return b == 0 || b == 0xff }

// convert makes the absolute target in b relative to the next instruction, which is at an address.
func (f *x86) convert(b []byte, next uint32) {
	source := binary.LittleEndian.Uint32(b)
	var target uint32
	for {
		target = source - next
		if f.mask == 0 {
			break
		}
		shift := bits(f.mask) * 8
		if !extreme(byte(target >> (24 - shift))) {
			break
		}
		source = target ^ (1<<(32-shift) - 1)
	}
	target &= 0x01ffffff
	target |= -(target & 0x01000000)
	binary.LittleEndian.PutUint32(b, target)
}
