package image

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
)

// packedMark is how a gzip stream begins that was made as Xen's build makes it.
var packedMark = []byte{0x1f, 0x8b, 0x08}

const (
	mostStreams = 16      // how many beginnings of a stream are tried
	mostHead    = 4 << 10 // how much of one is unpacked, in bytes
)

// release returns the release that is named at the beginning of the build's configuration,
// which the image has in itself since hypfs has it (CONFIG_HYPFS_CONFIG, Xen 4.14).
func release(data []byte) string {
	for range mostStreams {
		at := bytes.Index(data, packedMark)
		if at < 0 {
			return ""
		}
		if found := releaseIn(data[at:]); found != "" {
			return found
		}
		data = data[at+1:]
	}
	return ""
}

// releaseIn reads the line "# Xen/x86 4.17.5 Configuration".
func releaseIn(stream []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(stream))
	if err != nil {
		return ""
	}
	head, _ := io.ReadAll(io.LimitReader(r, mostHead)) // it may be cut
	for line := range strings.Lines(string(head)) {
		words := strings.Fields(line)
		if len(words) == 4 && words[0] == "#" && strings.HasPrefix(words[1], "Xen/") && words[3] == "Configuration" {
			return words[2]
		}
	}
	return ""
}
