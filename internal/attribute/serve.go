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

// Serve is the child: it does what it reads from in, each request in a thread
// of its own, and replies on out. It returns when in ends and no request is
// left; one that hangs keeps it, and the lock that it inherited.
func Serve(in io.Reader, out io.Writer) {
	var (
		replying sync.Mutex
		requests sync.WaitGroup
	)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		r, ok := parseRequest(lines.Text())
		if !ok {
			continue
		}
		requests.Go(func() {
			line := r.do()
			replying.Lock()
			defer replying.Unlock()
			// Nobody may be listening any more; it was done all the same.
			_, _ = io.WriteString(out, line)
		})
	}
	requests.Wait()
}

// do carries the request out. Its path is whole: there is no root to add.
func (r request) do() string {
	var fs sysfs.FS
	switch r.op {
	case "read":
		value, err := fs.Attribute(r.path)
		return reply(r.id, value, err)
	case "hold":
		return reply(r.id, "", hold(r.path))
	}
	return reply(r.id, "", fs.Write(r.path, r.value))
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
