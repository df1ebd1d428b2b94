//go:build !amd64 && !arm64

package attribute

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// numbered is a request with its number. A line to the child has one or more, to
// be carried out in this order: number, operation, path and value, the last two
// quoted. The tabs between them are in no quoted text.
type numbered struct {
	id int
	request
}

func requestLine(requests []numbered) string {
	texts := make([]string, len(requests))
	for i, r := range requests {
		texts[i] = strconv.Itoa(r.id) + " " + r.op + " " + strconv.Quote(r.path) + " " + strconv.Quote(r.value)
	}
	return strings.Join(texts, "\t") + "\n"
}

// parseRequests reads what requestLine gives, without its newline.
func parseRequests(line string) (requests []numbered, ok bool) {
	for text := range strings.SplitSeq(line, "\t") {
		r, ok := parseRequest(text)
		if !ok {
			return nil, false
		}
		requests = append(requests, r)
	}
	return requests, true
}

func parseRequest(line string) (r numbered, ok bool) {
	number, rest, _ := strings.Cut(line, " ")
	id, err := strconv.Atoi(number)
	if err != nil {
		return numbered{}, false
	}
	r.id = id
	r.op, rest, _ = strings.Cut(rest, " ")
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil || r.op != opRead && r.op != opWrite && r.op != opHold {
		return numbered{}, false
	}
	if r.path, err = strconv.Unquote(quoted); err != nil {
		return numbered{}, false
	}
	r.value, err = strconv.Unquote(strings.TrimPrefix(rest[len(quoted):], " "))
	return r, err == nil
}

// reply is one line from the child: the number, what failed or "ok", the
// errno, and what was read, quoted.
func reply(id int, value string, err error) string {
	op, errno := "ok", syscall.Errno(0)
	if attr := (*sysfs.AttrError)(nil); errors.As(err, &attr) {
		op = attr.Op
		if !errors.As(attr.Err, &errno) {
			errno = syscall.EIO
		}
	}
	return strconv.Itoa(id) + " " + op + " " + strconv.Itoa(int(errno)) + " " + strconv.Quote(value) + "\n"
}

// parseReply reads what reply gives.
func parseReply(line string) (id int, a answer, ok bool) {
	fields := strings.SplitN(line, " ", 4)
	if len(fields) != 4 {
		return 0, answer{}, false
	}
	id, idErr := strconv.Atoi(fields[0])
	errno, errnoErr := strconv.Atoi(fields[2])
	value, valueErr := strconv.Unquote(fields[3])
	if idErr != nil || errnoErr != nil || valueErr != nil {
		return 0, answer{}, false
	}
	a.value = value
	if fields[1] != "ok" {
		a.err = &refusal{op: fields[1], errno: syscall.Errno(errno)}
	}
	return id, a, true
}
