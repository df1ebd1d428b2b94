// Package archive unpacks text archives into trees, and packs trees into archives. Only tests
// do that.
package archive

import "github.com/xenpci/xenpci/internal/archive"

// The types of the product's archives.
type (
	// Archive is a tree of files as one text.
	Archive = archive.Archive
	// Entry is a file, link or folder of an archive.
	Entry = archive.Entry
)

// Parse reads the text form.
func Parse(text []byte) (Archive, error) { return archive.Parse(text) }
