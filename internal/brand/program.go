package brand

import (
	"fmt"
	"path"
	"strings"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// The paths of the command and of the daemon in the shipped files.
const (
	Program = "/usr/sbin/xenpci"
	Daemon  = "/usr/sbin/xenpcid"
)

// DaemonBeside returns the path of the daemon that belongs to a program: that of the same
// folder.
func DaemonBeside(program string) string {
	return path.Join(path.Dir(program), path.Base(Daemon))
}

// ProgramError reports a program path that cannot be written into a script or unit.
type ProgramError struct {
	Path string
	Why  string
}

// Error returns the path and the reason.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%q cannot be started at boot: %s", e.Path, e.Why)
}

// WithProgram returns the files with program instead of Program, and the daemon beside it
// instead of Daemon. The error is a
// *ProgramError if the path is not absolute or has a character that is special in a
// shell script, a unit or a job, because each of these formats quotes differently.
func WithProgram(files []initscript.File, program string) ([]initscript.File, error) {
	if err := checkProgram(program); err != nil {
		return nil, err
	}
	all := make([]initscript.File, len(files))
	paths := strings.NewReplacer(Daemon, DaemonBeside(program), Program, program)
	for i, f := range files {
		f.Text = paths.Replace(f.Text)
		all[i] = f
	}
	return all, nil
}

func checkProgram(program string) error {
	switch {
	case !strings.HasPrefix(program, "/"):
		return &ProgramError{Path: program, Why: "the path is not absolute"}
	case strings.HasSuffix(program, "/"):
		return &ProgramError{Path: program, Why: "the path is that of a directory"}
	case strings.Contains(program+"/", "/../"):
		return &ProgramError{Path: program, Why: "the path contains .."}
	case strings.ContainsFunc(program, special):
		return &ProgramError{Path: program, Why: "the path has characters other than letters, digits and /._+-"}
	}
	return nil
}

// special reports whether r may be special in one of these formats.
func special(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("/._+-", r)
}
