package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// The files of a trial. The first is what decides whether there is one.
const (
	RecordFile = "/var/lib/xenpci/trial/record.json"
	// LogFile has Xen's log of the trial, if that boot got so far.
	LogFile = "/var/lib/xenpci/trial/xen.log"
	// Script writes the entry, when grub.cfg is generated.
	Script = brand.GRUBTrial

	runFile   = "/run/xenpci/trial"
	imageName = "xenpci-trial.img" // beside grub.cfg: 20_linux_xen takes every /boot/xen* for a hypervisor
)

// Key is the argument of dom0's kernel that has the trial's ID.
const Key = "xenpci.trial"

// Record is what is kept of a trial from when it is prepared.
type Record struct {
	Version  int               `json:"version"`
	ID       string            `json:"id"`
	Minutes  int               `json:"minutes"`
	Xen      []string          `json:"xen"`      // the words to try
	Dom0     []string          `json:"dom0"`     // the words to try
	Repeat   hostboot.Repeat   `json:"repeat"`   // what becomes of other words of their options
	Recovery bool              `json:"recovery"` // the recovery entries get the words too, when it is confirmed
	Boot     string            `json:"boot"`     // the ID of the boot in which it was prepared
	Config   string            `json:"config"`   // grub.cfg
	NextSet  bool              `json:"next_set"` // grubenv had an empty next_entry
	Settings map[string][]byte `json:"settings"` // the content of each file of settings; nil of one that is not there
	Hide     *Hide             `json:"hide,omitempty"`

	Confirmed bool `json:"confirmed,omitempty"` // somebody confirmed it, and its words are being written
}

const recordVersion = 1

// ReadRecord returns the record of the trial that there is; false if there is none.
func ReadRecord(f sysfs.FS) (Record, bool, error) {
	content, exists, err := etc.Read(f, RecordFile)
	if err != nil || !exists {
		return Record{}, false, err
	}
	var r Record
	if err := json.Unmarshal(content, &r); err != nil {
		return Record{}, false, unreadable(err.Error())
	}
	if r.Version != recordVersion || r.ID == "" || r.Config == "" {
		return Record{}, false, unreadable("another version of xenpci wrote it")
	}
	return r, true, nil
}

// unreadable returns the error of a record that is there and does not tell what the trial is.
func unreadable(why string) error {
	return refused(Damaged, fmt.Sprintf("to take the trial back by hand: 'grub-editenv - unset next_entry', remove %s, run update-grub, remove the file %s beside grub.cfg, and then %s", Script, imageName, RecordFile),
		"%s: %s", RecordFile, why)
}

func (r Record) text() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "\t")
	return append(text, '\n'), err
}

// settings returns the content of each file of the loader's settings and, for a trial that hides
// devices, of the declared list; nil of one that is not there.
func settings(f sysfs.FS, l boot.Loader, hides bool) (map[string][]byte, error) {
	all := map[string][]byte{}
	names := l.SettingFiles(f)
	if hides {
		names = slices.Concat(names, config.Files(f))
	}
	for _, name := range names {
		content, exists, err := etc.Read(f, name)
		if err != nil {
			return nil, err
		}
		if all[name] = nil; exists {
			all[name] = append([]byte{}, content...)
		}
	}
	return all, nil
}

// changed returns the files of settings that are not as they were when the trial was prepared.
func (r Record) changed(f sysfs.FS, l boot.Loader) ([]string, error) {
	now, err := settings(f, l, r.Hide != nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for name, content := range now {
		was, known := r.Settings[name]
		if !known || (was == nil) != (content == nil) || !bytes.Equal(was, content) {
			names = append(names, name)
		}
	}
	for name := range r.Settings {
		if _, there := now[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// bootID returns the ID of the running boot; "" where it is not known.
func bootID(f sysfs.FS) string {
	id, _ := f.Attribute("/proc/sys/kernel/random/boot_id")
	return id
}

// RunningID returns the ID of the trial that the machine runs; "" if it runs none.
func RunningID(f sysfs.FS) string {
	text, _ := f.CommandLine()
	for _, a := range grub.ParseCommandLine(text).Arguments() {
		if a.Key == Key {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}
