package lspci

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/topology"
)

func TestPath(t *testing.T) {
	for _, test := range []struct {
		name  string
		count int
		want  []string
	}{
		{"-P", 1, []string{
			"00:00.0", "00:01.0", "00:01.0/00.0", "00:01.0/00.0/00.0", "00:01.0/01.0", "00:01.0/01.0/00.0", "00:01.0/01.0/00.1",
			"00:02.0", "00:03.0", "00:1f.7", "80:00.0", "80:00.0/00.0", "80:00.0/00.0", "00:00.0", "e0:06.0", "e0:06.0/00.0",
		}},
		{"-PP", 2, []string{
			"00:00.0", "00:01.0", "00:01.0/01:00.0", "00:01.0/01:00.0/02:00.0", "00:01.0/01:01.0", "00:01.0/01:01.0/03:00.0",
			"00:01.0/01:01.0/03:00.1", "00:02.0", "00:03.0", "00:1f.7", "80:00.0", "80:00.0/81:00.0", "80:00.0/83:00.0", "00:00.0",
			"e0:06.0", "e0:06.0/e1:00.0",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for f := range topology.All(server(t)) {
				got = append(got, path(f, test.count))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
