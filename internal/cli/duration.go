package cli

import (
	"errors"
	"strconv"
	"time"
)

// duration is the value of a flag: seconds, or a number with a unit.
type duration time.Duration

// String returns it with its unit: "1m0s".
func (d *duration) String() string { return time.Duration(*d).String() }

// Type is what stands for a value in --help.
func (d *duration) Type() string { return "duration" }

// Set reads "90", which are seconds, "90s" or "2m".
func (d *duration) Set(text string) error {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		*d = duration(time.Duration(seconds) * time.Second)
		return nil
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("not a time such as 90, 90s or 2m")
	}
	*d = duration(value)
	return nil
}
