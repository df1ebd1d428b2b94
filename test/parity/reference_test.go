package parity

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/test/lspci"
)

// reference is a lspci to which list is held.
type reference struct{ lspci.Program }

// references are the lspci of this machine and, where that is an old one, the
// newer one that make packages unpacks.
func references(t *testing.T) []reference {
	t.Helper()
	var found []reference
	if installed, err := lspci.Installed(); err == nil {
		found = append(found, reference{installed})
	}
	if unpacked, err := lspci.Unpacked(filepath.Join("..", "..", lspci.Folder)); err == nil {
		found = append(found, reference{unpacked})
	}
	if len(found) == 0 {
		t.Skip("there is no lspci (Debian: apt install pciutils)")
	}
	for _, r := range found {
		t.Logf("held to lspci %s", r.Version())
	}
	return found
}

// answer is what a command said, without its own name before its complaint.
type answer struct {
	Output     string
	Status     int
	Complaints string
}

// crashed is the status of a lspci that a signal ended.
const crashed = -1

func (r reference) run(t *testing.T, root, ids string, flags []string) answer {
	t.Helper()
	args := append(r.Command[1:len(r.Command):len(r.Command)],
		"-A", "linux-sysfs", "-O", "sysfs.path="+root+"/sys/bus/pci", "-O", "hwdb.disable=1", "-i", ids)
	command := exec.Command(r.Command[0], append(args, flags...)...)
	command.Env = append(os.Environ(), "HOME="+root, "LC_ALL=C")
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	// Paths are those of the machine, which lspci does not know to be elsewhere.
	output := strings.ReplaceAll(out.String(), root+"/sys/", "/sys/")
	return answer{output, command.ProcessState.ExitCode(), strings.TrimPrefix(withoutModuleError.ReplaceAllString(complaints.String(), ""), "lspci: ")}
}

// withoutModuleError drops what lspci says where this machine has no modules,
// whatever the tree has.
var withoutModuleError = regexp.MustCompile(`(?m)^lspci: Unable to load libkmod resources: error -2\n`)

// list runs our command on the same tree.
func list(root, ids string, flags []string) answer {
	var out, complaints bytes.Buffer
	env := cli.System()
	env.Out, env.Err, env.DefaultRoot = &out, &complaints, root
	status := cli.Main(context.Background(), append([]string{"list", "-i", ids}, flags...), env)
	return answer{out.String(), status, strings.TrimPrefix(complaints.String(), "xenpci: ")}
}

// moduleLines come from this machine's own /lib/modules, whatever tree lspci is
// shown.
var moduleLines = regexp.MustCompile(`(?m)^(\tKernel modules: .*|Module:\t.*)\n`)
