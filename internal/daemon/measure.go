package daemon

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/metrics"
	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// textfile is the name of the file for node_exporter's textfile collector, which reads
// every *.prom in its folder.
const textfile = "xenpci.prom"

// measure returns all metrics.
func (d *Daemon) measure() []metrics.Metric {
	const c, g = metrics.Counter, metrics.Gauge
	s := d.state()
	pending, open := journals(sysfs.New(d.host.Root()))
	presence, of := s.Kept.Pciback.Presence, labels(s.Devices)
	all := []metrics.Metric{
		metrics.Of("xenpci_pciback_loaded", g, "Whether the kernel has pciback now.", metrics.Flag(presence == passthrough.PresenceLoaded || presence == passthrough.PresenceBuiltIn)),
		metrics.Of("xenpci_last_reconcile_timestamp_seconds", g, "When the daemon last looked at the machine.", seconds(s.Looked)),
		metrics.Of("xenpci_config_last_reload_successful", g, "Whether the declared list and the settings can be read completely.", metrics.Flag(s.ListGood)),
		metrics.Of("xenpci_pending_writes", g, "Runs with a write that may still wait in the kernel.", pending),
		metrics.Of("xenpci_journal_open_entries", g, "Devices on which a run has begun and not ended.", open),
		{Name: "xenpci_build_info", Kind: g, Help: "The daemon's version.", Samples: []metrics.Sample{{Labels: []metrics.Label{{Name: "version", Value: passthrough.Version}}, Value: 1}}},
		deviceInfo(s.Devices, of), deviceStates(s.Devices, of),
	}
	asked := d.server.Counters()
	refused := map[string]float64{}
	for cause, n := range asked.Refused {
		refused[string(cause)] = float64(n)
	}
	d.counts.mu.Lock()
	defer d.counts.mu.Unlock()
	rebinds := metrics.Metric{Name: "xenpci_rebinds_total", Kind: c, Help: "Devices that were taken back, by what they were lost to."}
	for r, n := range d.counts.rebinds {
		label, declared := of[r.device]
		if !declared { // any more
			label = addressLabel(r.device)
		}
		rebinds.Samples = append(rebinds.Samples, metrics.Sample{Labels: []metrics.Label{label, {Name: "reason", Value: r.reason}}, Value: n})
	}
	slices.SortFunc(rebinds.Samples, func(a, b metrics.Sample) int {
		return slices.CompareFunc(a.Labels, b.Labels, func(a, b metrics.Label) int { return bytes.Compare([]byte(a.Value), []byte(b.Value)) })
	})
	return append(all, rebinds,
		metrics.By("xenpci_reconciles_total", c, "Looks at the whole machine.", "result", d.counts.looks),
		metrics.By("xenpci_uevents_total", c, "Messages of the kernel about PCI devices.", "action", d.counts.uevents),
		metrics.Of("xenpci_uevent_overruns_total", c, "How often messages of the kernel were lost.", d.counts.overruns),
		metrics.Of("xenpci_races_won_total", c, "Declared devices that appeared and went to pciback.", d.counts.won),
		metrics.Of("xenpci_races_lost_total", c, "Declared devices that appeared and went to another driver first.", d.counts.lost),
		metrics.Of("xenpci_guard_refusals_total", c, "Declared devices that were not hidden because dom0 needs them.", d.counts.refusals),
		metrics.Of("xenpci_connections", g, "Clients that are connected.", float64(asked.Connections)),
		metrics.Of("xenpci_requests_total", c, "Calls of clients.", float64(asked.Requests)),
		metrics.Of("xenpci_subscriber_overruns_total", c, "Subscribers that did not keep up.", float64(asked.Overruns)),
		metrics.By("xenpci_connections_closed_total", c, "Connections that were refused or ended because of a limit.", "cause", refused),
	)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// labels returns what the metrics call each declared device, by its declared address: its
// name for xl, or that address where it has none. A name that several share, or that is an
// address, would make two devices one.
func labels(devices []reconcile.Device) map[pci.Address]metrics.Label {
	shared := map[string]int{}
	for _, d := range devices {
		shared[d.Name]++
	}
	all := map[pci.Address]metrics.Label{}
	for _, d := range devices {
		all[d.Declared] = addressLabel(d.Declared)
		if _, err := pci.ParseAddress(d.Name); err != nil && d.Name != "" && shared[d.Name] == 1 {
			all[d.Declared] = metrics.Label{Name: "name", Value: d.Name}
		}
	}
	return all
}

// addressLabel is that of a device that has no name of its own.
func addressLabel(declared pci.Address) metrics.Label {
	return metrics.Label{Name: "name", Value: declared.String()}
}

func deviceInfo(devices []reconcile.Device, of map[pci.Address]metrics.Label) metrics.Metric {
	m := metrics.Metric{Name: "xenpci_device_info", Kind: metrics.Gauge, Help: "A declared device, where it is, and its model."}
	for _, d := range devices {
		m.Samples = append(m.Samples, metrics.Sample{Value: 1, Labels: []metrics.Label{
			of[d.Declared], {Name: "address", Value: d.Device.String()}, {Name: "model", Value: d.Model},
		}})
	}
	return m
}

func deviceStates(devices []reconcile.Device, of map[pci.Address]metrics.Label) metrics.Metric {
	m := metrics.Metric{Name: "xenpci_device_state", Kind: metrics.Gauge, Help: "The state of a declared device: 1 for the one that it is in."}
	for _, d := range devices {
		for _, s := range passthrough.DeclaredStates() {
			m.Samples = append(m.Samples, metrics.Sample{
				Value:  metrics.Flag(d.State == s),
				Labels: []metrics.Label{of[d.Declared], {Name: "state", Value: string(s)}},
			})
		}
	}
	return m
}

// journals returns how many runs may have a write that waits, and how many devices are
// unfinished.
func journals(f sysfs.FS) (pending, open float64) {
	leftovers, _ := journal.Look(f) // what cannot be read is told by the look
	for _, l := range leftovers {
		pending += metrics.Flag(l.Held && len(l.Entries) > 0)
		open += float64(len(l.Entries))
	}
	return pending, open
}

// writeTextfile writes the metrics where the settings want them, and warns when that
// fails for another reason than the last time.
func (d *Daemon) writeTextfile() {
	folder := d.settings.Textfile
	if folder == "" {
		return
	}
	var text bytes.Buffer
	_ = metrics.Write(&text, d.measure())
	err := replace(sysfs.New(d.host.Root()).Path(filepath.Join(folder, textfile)), text.Bytes())
	if err != nil && err.Error() != d.textfileFailed {
		d.log.Warn("the metrics cannot be written: " + err.Error())
	}
	d.textfileFailed = ""
	if err != nil {
		d.textfileFailed = err.Error()
	}
}

// replace writes a file that others read meanwhile. The collector reads *.prom alone.
func replace(name string, content []byte) error {
	draft := filepath.Join(filepath.Dir(name), "."+textfile)
	_ = os.Remove(draft) // of a daemon that was killed
	temporary, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(temporary.Name()))
	}
	return err
}
