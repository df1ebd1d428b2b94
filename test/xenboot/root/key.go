package root

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
)

// sources is what the key of a disk is made of, and the files that go onto it.
//
//go:embed *.go files
var sources embed.FS

// digits is how many of a sum are in a name.
const digits = 12

// keyOf returns a name for what is made out of parts.
func keyOf(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintln(sum, len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))[:digits]
}
