package xencfg

import "strings"

// Options are what the command line of xen.efi says about its configuration: that of the
// firmware's boot entry, or of the boot loader that starts it.
type Options struct {
	File    string // the configuration file, relative to the folder of xen.efi; "" for those of Names
	Section string // what boots; "" for the file's default
}

// ParseOptions reads a command line as xen.efi does (efi_start in xen/common/efi/boot.c). Its
// first word is taken for the name of the program, and "--" ends what is for xen.efi.
func ParseOptions(line string) (o Options) {
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	for i := 1; i < len(words) && words[i] != "--"; i++ {
		word := words[i]
		if word[0] != '-' && word[0] != '/' {
			o.Section = word
			continue
		}
		if file, ok := strings.CutPrefix(word[1:], "cfg="); ok {
			o.File = file
		} else if word[1:] == "cfg" && i+1 < len(words) {
			i++
			o.File = words[i]
		}
	}
	return o
}
