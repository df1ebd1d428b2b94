package repository

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/xenpci/xenpci"

// root is the checkout, seen from this package.
var root = filepath.Join("..", "..")

// listedPackage is what go list says of a package.
type listedPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string // without those of its tests
	Module     *struct{ Path string }
}

// list calls go list -json with args in the checkout.
func list(t *testing.T, args ...string) []listedPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Standard,Imports,Module"}, args...)...)
	command.Dir = root
	return decode[listedPackage](t, command)
}

// decode runs a command that prints JSON values one after another.
func decode[Value any](t *testing.T, command *exec.Cmd) []Value {
	t.Helper()
	text, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s", command, err, exit.Stderr)
		}
		t.Fatalf("%s: %v", command, err)
	}
	var all []Value
	for decoder := json.NewDecoder(strings.NewReader(string(text))); ; {
		var v Value
		if err := decoder.Decode(&v); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		all = append(all, v)
	}
}

// own returns the path of a package of this module, "internal/cli"; false for
// any other.
func own(path string) (string, bool) {
	return strings.CutPrefix(path, module+"/")
}
