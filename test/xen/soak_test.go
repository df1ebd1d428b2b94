//go:build xen

package xen

import (
	"os"
	"time"
)

// The environment variables by which make xen-soak says for how long TestSoak runs, and
// from which seed. Other runs have a minute of it.
const (
	soakFor  = "XENPCI_SOAK"
	soakSeed = "XENPCI_SOAK_SEED"
)

// soakTime returns for how long it runs.
func soakTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(soakFor)); err == nil {
		return d
	}
	return time.Minute
}

// soakVariables hands the variables on to dom0's shell.
func soakVariables() string {
	return soakFor + "=" + soakTime().String() + " " + soakSeed + "=" + os.Getenv(soakSeed)
}
