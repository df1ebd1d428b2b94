package kmod

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxConfig is the size of the largest kernel configuration that is read, in bytes,
// uncompressed. Distributions' configurations have 300 KB.
const maxConfig = 4 << 20

// Option is the value of an option of the kernel's configuration.
type Option struct {
	Value string // "y", "m", a number or a quoted text; "" if the option is not set
	File  string // the file it was read from
}

// Option returns the option name, including its prefix CONFIG_. It reads
// /proc/config.gz if the kernel is the running one, then /boot/config-RELEASE and
// /lib/modules/RELEASE/config.
//
// The error has fs.ErrNotExist in its chain if none of these files exists: then the
// option is unknown.
func (k Kernel) Option(name string) (Option, error) {
	var errs []error
	for _, file := range k.configFiles() {
		text, err := readConfig(k.fsys, file)
		if err == nil {
			return Option{Value: parseConfig(text, name), File: file}, nil
		}
		errs = append(errs, err)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return Option{}, fmt.Errorf("configuration of kernel %s: %w", k.Release, errors.Join(errs...))
}

func (k Kernel) configFiles() []string {
	files := []string{"/boot/config-" + k.Release, k.dir + "/config"}
	if running, err := k.fsys.Release(); err == nil && running == k.Release {
		files = append([]string{"/proc/config.gz"}, files...)
	}
	return files
}

func readConfig(fsys sysfs.FS, file string) (string, error) {
	text, err := fsys.Read(file, maxConfig)
	if err == nil && strings.HasSuffix(file, ".gz") {
		text, err = inflate(text)
		if err != nil {
			err = &sysfs.AttrError{Op: "inflate", Path: file, Err: err}
		}
	}
	return string(text), err
}

func inflate(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxConfig))
}

// parseConfig returns the value of one option; "" if the option is not set, that
// is, there is a comment "# CONFIG_NAME is not set" or no line at all. As in the
// kernel's build, the last of several lines takes effect.
func parseConfig(text, name string) (value string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, name); ok {
			if v, ok := strings.CutPrefix(rest, "="); ok {
				value = v
				if v == "n" {
					value = ""
				}
			}
		} else if line == "# "+name+" is not set" {
			value = ""
		}
	}
	return value
}
