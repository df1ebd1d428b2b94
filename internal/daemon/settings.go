package daemon

import (
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// readSettings reads daemon.toml, which may have changed since the last look, and logs
// what is wrong with it when that changes.
func (d *Daemon) readSettings() {
	settings, problems := config.ReadSettings(sysfs.New(d.host.Root()))
	if !slices.Equal(problems, d.problems) {
		for _, p := range problems {
			d.log.Warn(p.Error())
		}
	}
	if settings != d.settings && d.settings != (config.Settings{}) {
		d.log.Info("the settings have changed")
	}
	d.settings, d.problems = settings, problems
	d.reconciler.OnDrift = passthrough.Drift(settings.OnDrift)
}

// interval is how often the daemon looks where nothing tells it to: as the settings say,
// and twice within the time in which systemd's watchdog wants to hear of a look.
func (d *Daemon) interval() time.Duration {
	interval := time.Duration(d.settings.Interval) * time.Second
	if limit := d.system.limit / 2; limit > 0 {
		return min(interval, limit)
	}
	return interval
}
