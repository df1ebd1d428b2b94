package packages

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       List
		wantErr    string
	}{
		{name: "all sections", text: "# why\n[host]\nqemu # fast\n\n[kernel]\nlinux-a | linux-b\n[headers]\nlinux-h\n[guest]\nxen-[0-9]*\n[chains]\nbash\n[libvirt]\nvirsh\n[hvm]\nseabios\n",
			want: List{Host: []string{"qemu"}, Kernel: []string{"linux-a | linux-b"}, Headers: []string{"linux-h"}, Guest: []string{"xen-[0-9]*"}, Chains: []string{"bash"}, Libvirt: []string{"virsh"}, HVM: []string{"seabios"}}},
		{name: "no section", text: "qemu\n", wantErr: `line 1: "qemu" stands before a heading`},
		{name: "empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.text)
			if message := errorText(err); message != test.wantErr {
				t.Fatalf("error %q, want %q", message, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseDepends(t *testing.T) {
	got := parseDepends(`xen-utils-4.17
  Depends: libc6
 |Depends: libfirst
  Depends: libsecond
  Depends: <python3:any>
    python3
  Depends: python3
  PreDepends: libpre
  Depends: zlib1g
`)
	if diff := cmp.Diff([]string{"libc6", "libfirst", "libpre", "zlib1g"}, got); diff != "" {
		t.Errorf("dependencies (-want +got):\n%s", diff)
	}
}

func TestByVersion(t *testing.T) {
	names := []string{"xen-utils-4.17", "xen-utils-4.9", "xen-utils-4.20"}
	slices.SortFunc(names, byVersion)
	want := []string{"xen-utils-4.9", "xen-utils-4.17", "xen-utils-4.20"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
