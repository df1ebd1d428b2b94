// Command minimal prints one line: what a program in Go costs before it does
// anything.
package main

import "os"

func main() { _, _ = os.Stdout.WriteString("minimal\n") }
