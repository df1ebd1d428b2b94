package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

// Stamp returns what something was built of, in short: values, and the files that build it, but for
// their tests.
func Stamp(files fs.FS, values ...any) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, values...)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		fmt.Fprintln(sum, name, len(content))
		sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
