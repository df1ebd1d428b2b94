package option

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/test/hypervisors"
)

// TestDebian reads the options of Debian's hypervisors, from both of their images, and holds the
// whole tables to those that are embedded.
func TestDebian(t *testing.T) {
	t.Parallel()
	folder, err := filepath.Abs(filepath.Join("..", "..", "..", hypervisors.Folder))
	if err != nil {
		t.Fatal(err)
	}
	m := Open()
	for _, suite := range slices.Sorted(maps.Keys(hypervisors.Releases)) {
		release := hypervisors.Releases[suite]
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			images, err := hypervisors.Images(folder, suite)
			if err != nil {
				t.Skip(err, " (make test-packages unpacks them)")
			}
			table := m.Table(release)
			want := slices.DeleteFunc(table.Options, func(o image.Option) bool { return o.Type == "" })
			for kind, file := range images {
				read, err := image.ReadFile(sysfs.New(filepath.Dir(file)), "/"+filepath.Base(file))
				if err != nil {
					t.Errorf("%s: %v", kind, err)
					continue
				}
				if diff := cmp.Diff(want, read.Options); diff != "" || len(read.Options) < 150 {
					t.Errorf("%s of %s (-table +image):\n%s", kind, read.Release, diff)
				}
				if Compare(read.Release, release) != 0 {
					t.Errorf("%s: release %q, want %s", kind, read.Release, release)
				}
			}
		})
	}
}
