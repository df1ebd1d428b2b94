package root

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

// sources is what the key of a disk is made of, and the files that go onto it.
//
//go:embed *.go files
var sources embed.FS

// keyOf returns a name for what is made out of parts.
func keyOf(parts ...string) string {
	const digits = 12
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintln(sum, len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))[:digits]
}

// recipe returns this package's code and files as one text.
func recipe() (string, error) {
	var text strings.Builder
	err := fs.WalkDir(sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := sources.ReadFile(name)
		fmt.Fprintln(&text, name, len(content))
		text.Write(content)
		return err
	})
	return text.String(), err
}
