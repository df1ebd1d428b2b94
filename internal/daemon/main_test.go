package daemon

import (
	"os"
	"testing"

	"github.com/xenpci/xenpci/internal/daemon/inventory"
)

// TestMain makes this binary the process that the daemon starts to ask ghw.
func TestMain(m *testing.M) {
	inventory.Serve()
	os.Exit(m.Run())
}
