package modprobe

// SplitOptions is what the kernel makes of one line's options.
func SplitOptions(text string) ModuleOptions {
	c := Config{all: []Found{{Directive: Directive{Kind: Options, Module: "m", Text: text}}}}
	return c.Options("m")
}

// ParseCommandLine is what a kernel command line says.
var ParseCommandLine = parseCommandLine

// AliasesIn are the alias lines of one file.
func AliasesIn(content string) []Directive { return appendAliases(nil, content) }
