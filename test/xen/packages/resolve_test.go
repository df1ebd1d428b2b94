package packages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatching(t *testing.T) {
	known := []string{"xen-utils-4.9", "xen-utils-4.17", "xen-utils-common", "lvm2", "linux-image-amd64", "linux-image-generic"}
	for _, tt := range []struct {
		entry string
		want  []string
	}{
		{"lvm2", []string{"lvm2"}},
		{"xen-utils-4.*", []string{"xen-utils-4.17", "xen-utils-4.9"}},
		{"linux-image-generic | linux-image-amd64", []string{"linux-image-generic", "linux-image-amd64"}},
		{"mdadm | lvm2", []string{"lvm2"}},
		{"mdadm", nil},
	} {
		t.Run(tt.entry, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, matching(tt.entry, known)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePolicy(t *testing.T) {
	got := parsePolicy(`lvm2:
  Installed: (none)
  Candidate: 2.03.16-2
  Version table:
     2.03.16-2 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
xen-utils-4.14:
  Installed: 4.14.6-1
  Candidate: (none)
  Version table:
     4.14.6-1 100
        100 /var/lib/dpkg/status
`)
	if diff := cmp.Diff(map[string]bool{"lvm2": true, "xen-utils-4.14": false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
