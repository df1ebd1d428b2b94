package machine_test

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the archives")
	flag.Parse()
	os.Exit(m.Run())
}
