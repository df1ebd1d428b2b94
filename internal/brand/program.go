package brand

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// Program is the path of the program in the shipped files.
const Program = "/usr/sbin/xenpci"

// ProgramError reports a program path that cannot be written into a script or unit.
type ProgramError struct {
	Path string
	Why  string
}

// Error returns the path and the reason.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%q cannot be started at boot: %s", e.Path, e.Why)
}

// WithProgram returns the files with program instead of Program. The error is a
// *ProgramError if the path is not absolute or has a character that is special in a
// shell script, a unit or a job, because each of these formats quotes differently.
func WithProgram(files []initscript.File, program string) ([]initscript.File, error) {
	if err := checkProgram(program); err != nil {
		return nil, err
	}
	all := make([]initscript.File, len(files))
	for i, f := range files {
		f.Text = strings.ReplaceAll(f.Text, Program, program)
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
