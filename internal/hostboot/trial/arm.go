package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Arm arms the watchdog in the boot of a trial, and notes it in /run. It runs in the initramfs.
func Arm(f sysfs.FS, open func(sysfs.FS) (hypervisor.Watchdogs, error)) (Armed, error) {
	a := Armed{ID: RunningID(f)}
	if a.ID == "" {
		return a, refused(NotRunning, "", "this boot is no trial: %s= is not on the kernel's command line", Key)
	}
	text, err := f.Attribute("/" + minutesFile)
	if err != nil {
		return a, err
	}
	if a.Minutes, err = strconv.Atoi(strings.TrimSpace(text)); err != nil || a.Minutes < MinMinutes || a.Minutes > MaxMinutes {
		return a, fmt.Errorf("/%s: %q is no number of minutes", minutesFile, text)
	}
	if err := reachXen(f); err != nil {
		return a, err
	}
	w, err := open(f)
	if err != nil {
		return a, err
	}
	watchdog, err := w.ArmWatchdog(time.Duration(a.Minutes) * time.Minute)
	if err = errors.Join(err, w.Close()); err != nil {
		return a, err
	}
	a.Watchdog = watchdog.String()
	if a.Uptime, err = uptime(f); err != nil {
		return a, err
	}
	if err := a.write(f); err != nil {
		return a, err
	}
	return a, keepsLog(f)
}

// Where systemd looks for a unit that only this boot has.
const (
	unitFolder = "/run/systemd/system"
	unitName   = "xenpci-trial.service"
)

// keepsLog has systemd run the unit that keeps Xen's log. It does nothing where the init is
// another one: the folder would make programs take systemd for it.
func keepsLog(f sysfs.FS) error {
	const limit = 4096
	text, err := f.Read("/"+unitFile, limit)
	if sysfs.IsNotExist(err) {
		return nil
	}
	if err == nil {
		err = etc.Replace(f, path.Join(unitFolder, unitName), text, etc.Options{NoBackup: true})
	}
	if err == nil {
		err = etc.Link(f, path.Join(unitFolder, "sysinit.target.wants", unitName), "../"+unitName)
	}
	return err
}

func (a Armed) write(f sysfs.FS) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return etc.Replace(f, runFile, append(text, '\n'), etc.Options{NoBackup: true})
}

// reachXen loads the module for hypercalls, unless they can be made already.
func reachXen(f sysfs.FS) error {
	if hypercall.Reachable(f) {
		return nil
	}
	return load(f, moduleFolder, "")
}

// load loads the modules in a folder of the initramfs, in their order. The last gets the options.
func load(f sysfs.FS, folder, options string) error {
	names, err := f.List("/" + folder)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for i, name := range names {
		own := ""
		if i == len(names)-1 {
			own = options
		}
		if err := hypercall.Load(f, path.Join("/"+folder, name), own); err != nil {
			return err
		}
	}
	return nil
}

// disarm disarms the watchdog of the running trial. One that is not armed any more is no error.
// confirmed is whether that was done before, so that nothing may be noted any more.
func disarm(f sysfs.FS, confirmed bool, open func(sysfs.FS) (hypervisor.Watchdogs, error)) error {
	a, err := ReadArmed(f)
	if sysfs.IsNotExist(err) && confirmed {
		return nil
	}
	if err != nil {
		return err
	}
	watchdog, err := hypervisor.ParseWatchdog(a.Watchdog)
	if err != nil {
		return err
	}
	w, err := open(f)
	if err != nil {
		return err
	}
	err = w.DisarmWatchdog(watchdog)
	if errors.Is(err, hypervisor.ErrNotArmed) {
		err = nil
	}
	return errors.Join(err, w.Close())
}
