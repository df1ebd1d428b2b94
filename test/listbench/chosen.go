package main

import "fmt"

// namesFile is a pci.ids that is given with -i.
const namesFile = "/usr/share/misc/pci.ids"

// chosenNames compares a list that takes names from a given file with one that
// takes them from the system's, and with lspci.
func (b tested) chosenNames() error {
	fmt.Println("| devices | `lspci -nn -i FILE` CPU ms | `xenpci list -nn -i FILE` | `xenpci list -nn` | lspci to xenpci, both with -i | xenpci with -i to without |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, size := range append(sizes, 0) {
		runs, err := measureAll(rounds(size), append(b.lspci(size, "-nn"), "-i", namesFile), append(b.list(size, "-nn"), "-i", namesFile), b.list(size, "-nn"))
		if err != nil {
			return err
		}
		lspci, with, without := runs[0], runs[1], runs[2]
		fmt.Printf("| %s | %s | %s | %s | %.1f | %.2f |\n", name(size), ms(lspci.cpu), ms(with.cpu), ms(without.cpu),
			ratio(lspci.cpu, with.cpu), ratio(with.cpu, without.cpu))
	}
	fmt.Println()
	return nil
}
