// Package hypervisors finds the images of Debian's hypervisors that the tables of options are held
// to, which test/hypervisors/fetch unpacks.
package hypervisors

import (
	"fmt"
	"path/filepath"
)

// Folder is where they are unpacked, below the repository's root.
const Folder = "build/hypervisors"

// Releases are the releases of Xen, by the suites of Debian that have them.
var Releases = map[string]string{"bullseye": "4.14", "bookworm": "4.17", "trixie": "4.20"}

// Images returns the images of a release below folder, by how they are built: "gz", "efi".
func Images(folder, suite string) (map[string]string, error) {
	images := map[string]string{}
	for _, kind := range []string{"gz", "efi"} {
		found, err := filepath.Glob(filepath.Join(folder, suite, "boot", "xen-"+Releases[suite]+"-*."+kind))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("%s: %d images of Xen %s are unpacked there, want one", filepath.Join(folder, suite), len(found), Releases[suite])
		}
		images[kind] = found[0]
	}
	return images, nil
}
