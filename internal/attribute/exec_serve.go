//go:build !amd64 && !arm64

package attribute

import (
	"bufio"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxLine bounds one line between the two processes, in bytes.
const maxLine = 64 << 10

// processName is the name (argv[0]) of the child.
const processName = "xenpci-attribute"

// served is set when the program has called Serve: only then can it be started
// again as the child.
var served atomic.Bool

// Serve is the first line of the main function of a program that calls Start. In
// the program it returns at once. In the child, which is the same program
// started again, it carries requests out and does not return.
func Serve() {
	if os.Args[0] == processName {
		serve(os.Stdin, os.Stdout)
		os.Exit(0) //nolint:forbidigo // main is not for the child
	}
	served.Store(true)
}

// serve carries out what it reads from in, each line in a thread of its own, and
// replies on out. It returns when in ends and no request is left; one that hangs
// keeps it, and the locks that it holds.
func serve(in io.Reader, out io.Writer) {
	var (
		replying sync.Mutex
		requests sync.WaitGroup
	)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		inOrder, ok := parseRequests(lines.Text())
		if !ok {
			continue
		}
		requests.Go(func() {
			for _, r := range inOrder {
				value, err := r.do()
				replying.Lock()
				// Nobody may be listening any more; it was done anyway.
				_, _ = io.WriteString(out, reply(r.id, value, err))
				replying.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	requests.Wait()
}

// do carries the request out.
func (q request) do() (string, error) {
	var fs sysfs.FS
	switch q.op {
	case opRead:
		return fs.Attribute(q.path)
	case opHold:
		// The descriptor stays open until this process ends.
		if _, err := lock(q.path); err != nil {
			return "", &sysfs.AttrError{Op: opHold, Path: q.path, Err: err}
		}
		return "", nil
	}
	return "", fs.Write(q.path, q.value)
}
