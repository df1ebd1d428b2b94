package grub

import (
	"bytes"
	"errors"
	"strings"
)

// ErrEnvFull is that a grubenv has no room for another variable.
var ErrEnvFull = errors.New("grubenv is full")

// SetEnv returns a grubenv in which a variable has a value. The size stays the same, since GRUB
// writes into the blocks that the file has. The variable keeps its place if it is there. The
// error is ErrEnvFull, or that data is no grubenv.
func SetEnv(data []byte, name, value string) ([]byte, error) {
	line := name + "=" + strings.NewReplacer(`\`, `\\`, "\n", "\\\n").Replace(value) + "\n"
	return editEnv(data, name, line)
}

// UnsetEnv returns a grubenv without a variable, of the same size.
func UnsetEnv(data []byte, name string) ([]byte, error) { return editEnv(data, name, "") }

// editEnv puts a line in the place of a variable's, or after the last variable.
func editEnv(data []byte, name, line string) ([]byte, error) {
	if _, err := ParseEnv(data); err != nil {
		return nil, err
	}
	filled := len(bytes.TrimRight(data, "#"))
	start, end := filled, filled
	for at := len(envSignature); at < filled; {
		next := envLineEnd(data[:filled], at)
		if bytes.HasPrefix(data[at:next], []byte(name+"=")) {
			start, end = at, next
			break
		}
		at = next
	}
	var b bytes.Buffer
	b.Write(data[:start])
	b.WriteString(line)
	b.Write(data[end:filled])
	if b.Len() > len(data) {
		return nil, ErrEnvFull
	}
	b.Write(bytes.Repeat([]byte("#"), len(data)-b.Len()))
	return b.Bytes(), nil
}

// envLineEnd returns where the line that begins at a byte ends, after its newline.
func envLineEnd(data []byte, at int) int {
	for ; at < len(data) && data[at] != '\n'; at++ {
		if data[at] == '\\' && at+1 < len(data) {
			at++
		}
	}
	return min(at+1, len(data))
}
