package brand

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// Program is the path of the program in the files as they are shipped.
const Program = "/usr/sbin/xenpci"

// ProgramError reports a path that cannot be written into a script or a unit.
type ProgramError struct {
	Path string
	Why  string
}

// Error names the path first.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%q cannot be started at boot: %s", e.Path, e.Why)
}

// WithProgram returns the files with program in the place of Program. The error is
// a *ProgramError if the path is not absolute, or has a character with a meaning
// in a shell, a unit or a job: none of these formats quotes alike.
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
		return &ProgramError{Path: program, Why: "this is the path of a directory"}
	case strings.Contains(program+"/", "/../"):
		return &ProgramError{Path: program, Why: "the path has .. in it"}
	case strings.ContainsFunc(program, special):
		return &ProgramError{Path: program, Why: "the path has characters other than letters, digits and /._+-"}
	}
	return nil
}

// special reports whether r may have a meaning to what reads the file.
func special(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("/._+-", r)
}
