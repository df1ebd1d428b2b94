package mask

import "testing"

// TestSipHash: the vectors of the reference implementation, for the key and the
// texts 00 01 02 ... (vectors.h of SipHash; the last is appendix A of the paper).
func TestSipHash(t *testing.T) {
	var key Key
	text := make([]byte, 16)
	for i := range text {
		key[i], text[i] = byte(i), byte(i)
	}
	for length, want := range map[int]uint64{0: 0x726fdb47dd0e0e31, 1: 0x74f839c593dc67fd, 8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5} {
		if got := sipHash(key, text[:length]); got != want {
			t.Errorf("%d bytes: %#x; want %#x", length, got, want)
		}
	}
}
