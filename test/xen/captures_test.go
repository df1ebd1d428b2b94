//go:build xen

package xen

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/test/xen/image"
)

// wantCaptures is the environment variable by which make captures asks for the
// machines in testdata/sysfs to be made again.
const wantCaptures = "XENPCI_CAPTURES"

// captureVariable hands it on to dom0's shell.
func captureVariable() string {
	if os.Getenv(wantCaptures) == "" {
		return ""
	}
	return wantCaptures + "=1"
}

// captureLine stands before what snapshot wrote, with its name and its length.
const captureLine = "capture: "

// captures takes the archives out of dom0's answers, into testdata/sysfs. Their names end with
// the release's.
func captures(t *testing.T, root string, release image.Release, answers string) (rest string) {
	t.Helper()
	var kept strings.Builder
	for {
		before, after, ok := strings.Cut(answers, captureLine)
		kept.WriteString(before)
		if !ok {
			return kept.String()
		}
		var name string
		var length int
		line, content, _ := strings.Cut(after, "\n")
		if _, err := fmt.Sscanf(line, "%s %d", &name, &length); err != nil || length > len(content) || name != filepath.Base(name) {
			t.Errorf("%s%s: %d bytes, %v", captureLine, line, len(content), err)
			return kept.String() + after
		}
		if release != (image.Release{}) {
			name += "-" + release.String()
		}
		if err := os.WriteFile(filepath.Join(root, "testdata/sysfs", name+".txtar"), []byte(content[:length]), 0o644); err != nil {
			t.Error(err)
		}
		answers = content[length:]
	}
}
