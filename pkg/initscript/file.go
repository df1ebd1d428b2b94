package initscript

import (
	"fmt"
	"io/fs"
	"strings"
)

// Program is where the shipped files say that the program is.
const Program = "/usr/sbin/xenpci"

// File is one file that runs the program at boot, as it is shipped.
type File struct {
	Path string      // where it is installed: "/etc/init.d/xenpci"
	Mode fs.FileMode // permission bits
	Text string
}

// ProgramError is a path that cannot be put into a script or a unit.
type ProgramError struct {
	Path string
	Why  string
}

// Error names the path first.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%q: %s, so it cannot be called at boot", e.Path, e.Why)
}

// WithProgram is the file with program in the place of Program. A path that is
// not absolute, or has a character that means something to a shell, a unit or a
// job, is a *ProgramError: none of the formats quotes alike.
func (f File) WithProgram(program string) (File, error) {
	switch {
	case !strings.HasPrefix(program, "/"):
		return File{}, &ProgramError{Path: program, Why: "it is not absolute"}
	case strings.HasSuffix(program, "/"):
		return File{}, &ProgramError{Path: program, Why: "it names a folder"}
	case strings.Contains(program+"/", "/../"):
		return File{}, &ProgramError{Path: program, Why: "it has .. in it"}
	case strings.ContainsFunc(program, special):
		return File{}, &ProgramError{Path: program, Why: "it has other characters than letters, digits and /._+-"}
	}
	f.Text = strings.ReplaceAll(f.Text, Program, program)
	return f, nil
}

// special says whether r may mean something to who reads the file.
func special(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("/._+-", r)
}

// WithProgram is File.WithProgram for each of files.
func WithProgram(files []File, program string) ([]File, error) {
	all := make([]File, 0, len(files))
	for _, f := range files {
		f, err := f.WithProgram(program)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}
