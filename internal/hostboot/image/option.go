package image

// Type is how the hypervisor reads an option's value.
type Type string

// The types of options, as Xen's source names them.
const (
	String   Type = "string"   // OPT_STR: kept as it is, up to its room
	Unsigned Type = "unsigned" // OPT_UINT: a number
	Bool     Type = "bool"     // OPT_BOOL: on, off, and "no-" before the name
	Inverted Type = "inverted" // OPT_INVBOOL: the variable is the opposite; up to Xen 4.6
	Size     Type = "size"     // OPT_SIZE: a number with K, M, G or T
	Custom   Type = "custom"   // OPT_CUSTOM: a function of its own reads it
	Ignored  Type = "ignored"  // OPT_IGNORE: read early, and left alone afterwards
)

// Option is an option that a hypervisor takes.
type Option struct {
	Name string // as it stands on the command line
	Type Type
	Room int // of a string, in bytes with the NUL at its end; of a number, the size of its variable
}

// Table are the options of an image.
type Table struct {
	Options []Option // sorted by name, each once
	Release string   // "4.17.5", as the image's own build configuration has it; "" if it has none
}

// Find returns the option with that name. Xen takes '_' for '-' in no name.
func (t Table) Find(name string) (Option, bool) {
	for _, o := range t.Options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
