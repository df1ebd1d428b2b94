package main

import (
	"fmt"

	"github.com/xenpci/xenpci/test/calls"
)

// systemCalls prints how many system calls each device costs: those of two trees,
// the difference divided by the devices between.
func (b tested) systemCalls() error {
	fmt.Println("| system calls on files, a device | lspci | xenpci |")
	fmt.Println("|---|---|---|")
	small, large := sizes[0], sizes[1]
	for _, flags := range []string{"-nn", "-nnk"} {
		var each [2]float64
		for i, command := range []func(int, string) []string{b.lspci, b.list} {
			few, err := calls.Count(command(small, flags))
			if err != nil {
				return err
			}
			many, err := calls.Count(command(large, flags))
			if err != nil {
				return err
			}
			each[i] = float64(many-few) / float64(large-small)
		}
		fmt.Printf("| `%s` | %.1f | %.1f |\n", flags, each[0], each[1])
	}
	return nil
}
