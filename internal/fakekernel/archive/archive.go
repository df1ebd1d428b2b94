// Package archive makes trees of text archives, and archives of trees: tests
// alone do that.
package archive

import "github.com/xenpci/xenpci/internal/archive"

// Archive and Entry are what the product writes too.
type (
	Archive = archive.Archive
	Entry   = archive.Entry
)

// Parse reads the text form.
func Parse(text []byte) (Archive, error) { return archive.Parse(text) }
