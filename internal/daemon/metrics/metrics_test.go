package metrics_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/daemon/metrics"
)

func TestWrite(t *testing.T) {
	var text strings.Builder
	err := metrics.Write(&text, []metrics.Metric{
		metrics.Of("xenpci_up", metrics.Gauge, "Runs.\nA \\ and a \"quote\".", metrics.Flag(true)),
		metrics.By("xenpci_uevents_total", metrics.Counter, "Messages.", "action", map[string]float64{"bind": 2, "add": 1e9, "a\"b\\c\nd\xff": 0.5}),
		metrics.By("xenpci_none_total", metrics.Counter, "Nothing.", "action", nil),
		{Name: "xenpci_device_info", Kind: metrics.Gauge, Help: "Names.", Samples: []metrics.Sample{
			{Labels: []metrics.Label{{Name: "name", Value: "lan"}, {Name: "address", Value: "0000:00:09.0"}}, Value: 1},
		}},
	})
	const want = `# HELP xenpci_up Runs.\nA \\ and a "quote".
# TYPE xenpci_up gauge
xenpci_up 1
# HELP xenpci_uevents_total Messages.
# TYPE xenpci_uevents_total counter
` + "xenpci_uevents_total{action=\"a\\\"b\\\\c\\nd\uFFFD\"} 0.5" + `
xenpci_uevents_total{action="add"} 1e+09
xenpci_uevents_total{action="bind"} 2
# HELP xenpci_device_info Names.
# TYPE xenpci_device_info gauge
xenpci_device_info{name="lan",address="0000:00:09.0"} 1
`
	if diff := cmp.Diff(want, text.String()); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
