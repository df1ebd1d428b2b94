// Command replace gives /etc/link below a root another content. The tests of
// package etc make its system calls fail.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func main() {
	runtime.LockOSThread() // strace counts the calls of each thread by itself
	if err := etc.Replace(sysfs.New(os.Args[1]), "/etc/link", []byte("new"), etc.Options{}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
