package machine

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// statusLine is how dom0's init says how the script ended.
const statusLine = "lab: status "

// follow copies dom0's answers to out as they come, takes out the line with
// the script's exit status, and reads on until the machine is off.
func follow(answers io.Reader, out io.Writer) (status int, ended bool) {
	const chunk = 4096
	var line []byte // the last one, as far as it is not written yet
	written := false
	buffer := make([]byte, chunk)
	for {
		n, err := answers.Read(buffer)
		for _, b := range buffer[:n] {
			line = append(line, b)
			switch {
			case !written && b == '\n' && bytes.HasPrefix(line, []byte(statusLine)):
				status, _ = strconv.Atoi(strings.TrimSpace(string(line[len(statusLine):])))
				ended, line = true, line[:0]
			case !written && couldBeStatus(line):
			default:
				_, _ = out.Write(line)
				line, written = line[:0], b != '\n'
			}
		}
		if err != nil {
			_, _ = out.Write(line)
			return status, ended
		}
	}
}

// couldBeStatus reports whether the beginning of a line may become the status
// line.
func couldBeStatus(line []byte) bool {
	const longest = len(statusLine) + len("255\r\n")
	if len(line) > longest {
		return false
	}
	return bytes.HasPrefix(line, []byte(statusLine)) || strings.HasPrefix(statusLine, string(line))
}
