package packages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMirrors(t *testing.T) {
	got := parseMirrors(`'http://one/debian/dists/bookworm/InRelease' one_debian_dists_bookworm_InRelease 0 
'http://one/debian/dists/bookworm-updates/InRelease' one_debian_dists_bookworm-updates_InRelease 0 
'mirror+file:/etc/apt/mirrors/debian.list/dists/bookworm/InRelease' mirror_InRelease 0 
'https://flat/./InRelease' flat_InRelease 0 
W: something else
`)
	want := []string{"http://one/debian", "mirror+file:/etc/apt/mirrors/debian.list"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
