package attribute

import (
	"bufio"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxLine bounds one line between the two processes, in bytes.
const maxLine = 64 << 10

// Serve is the child: it does what it reads from in, each line in a thread of
// its own, and replies on out. It returns when in ends and no request is left;
// one that hangs keeps it, and the locks that it holds.
func Serve(in io.Reader, out io.Writer) {
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
				// Nobody may be listening any more; it was done all the same.
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

// do carries the request out. Its path is whole: there is no root to add.
func (r request) do() (string, error) {
	var fs sysfs.FS
	switch r.op {
	case "read":
		return fs.Attribute(r.path)
	case "hold":
		return "", hold(r.path)
	}
	return "", fs.Write(r.path, r.value)
}

// hold locks a file, together with whoever else shares its lock, until this
// process has ended: nobody ever closes it.
func hold(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_RDLCK})
	}
	if err != nil {
		return &sysfs.AttrError{Op: "hold", Path: path, Err: err}
	}
	return nil
}
