// Package archive makes trees of text archives, and archives of trees: tests
// alone do that.
package archive

import "github.com/xenpci/xenpci/internal/archive"

// What the product writes too.
type (
	// Archive is a tree of files as one text.
	Archive = archive.Archive
	// Entry is one file, link or folder of it.
	Entry = archive.Entry
)

// Parse reads the text form.
func Parse(text []byte) (Archive, error) { return archive.Parse(text) }
