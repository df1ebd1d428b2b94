package passthrough

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
)

// HostOptions are the options of the hypervisor that boots next, or the parameters of dom0's
// kernel.
type HostOptions struct {
	Image   string       `json:"image,omitempty"`   // the file of the hypervisor, or of the kernel
	Release string       `json:"release,omitempty"` // of Xen, or of the kernel
	Read    bool         `json:"read"`              // the image itself tells its options; else they are those of Table
	Table   string       `json:"table,omitempty"`   // the release of the build whose options these are
	Why     *Error       `json:"why,omitempty"`     // why the image does not tell them
	Options []HostOption `json:"options"`           // sorted by name
}

// HostOption is an option that the hypervisor takes, or dom0's kernel.
type HostOption struct {
	Name    string         `json:"name"`
	Type    HostOptionType `json:"type,omitempty"`    // absent where it is not known
	Room    int            `json:"room,omitempty"`    // of a string: the longest value, in bytes
	Takes   string         `json:"takes,omitempty"`   // the documented values
	Default string         `json:"default,omitempty"` // as documented; absent where it depends on the machine
	Module  string         `json:"module,omitempty"`  // of the kernel: the loadable module whose parameter it is
	About   string         `json:"about,omitempty"`   // of the kernel: what its module says of it
	Set     []HostWord     `json:"set"`               // the words of the next boot that set it
}

// HostOptionType is how the hypervisor reads the value of an option.
type HostOptionType string

// The types of options.
const (
	HostOptionString   HostOptionType = "string"   // kept as it is
	HostOptionUnsigned HostOptionType = "unsigned" // a number
	HostOptionBool     HostOptionType = "bool"     // on, off, and "no-" before the name
	HostOptionInverted HostOptionType = "inverted" // the same, for a variable that is the opposite
	HostOptionSize     HostOptionType = "size"     // a number with K, M, G or T
	HostOptionCustom   HostOptionType = "custom"   // read by a function of its own
	HostOptionIgnored  HostOptionType = "ignored"  // read early, and left alone afterwards
	HostOptionNumber   HostOptionType = "number"   // a number that may be negative
)

// HostOptions returns the options that the hypervisor takes which boots next, or, with a name,
// the one of that name. The error is CodeBadOption if it takes none of that name, and CodePermission if
// the caller may not read what boots next.
func (v *View) HostOptions(name string) (HostOptions, error) {
	next, manual := v.nextBoot(), option.Open()
	if errors.Is(next.Err, fs.ErrPermission) {
		return HostOptions{}, wrapped(next.Err)
	}
	running := hostboot.ReadRunning(v.fs, "").Release
	table, read := next.Options(manual, running)
	all := HostOptions{Image: next.Hypervisor.Name, Release: next.Release(), Read: read, Options: []HostOption{}}
	if !read {
		all.Table, all.Why = table.Release, asError(next.TableErr)
	}
	var names []string
	for _, o := range table.Options {
		names = append(names, o.Name)
		if name == "" || o.Name == name {
			all.Options = append(all.Options, newHostOption(o, next, manual))
		}
	}
	if name == "" || len(all.Options) > 0 {
		return all, nil
	}
	missing := &Error{Code: CodeBadOption, Reason: fmt.Sprintf("the hypervisor that boots next takes no option %q", name)}
	former, gone := manual.Former(name)
	if gone && former.Until != "" {
		missing.Reason += ", which is gone since " + former.Until
	}
	if gone && former.Instead != "" {
		missing.Advice = "write " + former.Instead + " in its place"
	} else if near := option.Nearest(name, names); near != "" {
		missing.Advice = "did you mean " + near + "?"
	}
	return HostOptions{}, missing
}

func newHostOption(o image.Option, next hostboot.Next, manual *option.Manual) HostOption {
	shown := HostOption{Name: o.Name, Type: HostOptionType(o.Type), Set: []HostWord{}}
	if o.Type == image.String {
		shown.Room = max(o.Room-1, 0) // without the NUL
	}
	if d, ok := manual.Documented(o.Name, next.Release()); ok {
		shown.Takes, shown.Default = string(d.Form), d.Default
	}
	for _, w := range next.XenLine.Words {
		key, _, _ := strings.Cut(w.Text, "=")
		bracket := strings.HasSuffix(o.Name, "[") && strings.HasPrefix(key, o.Name)
		if key == o.Name || key == "no-"+o.Name || bracket {
			shown.Set = append(shown.Set, HostWord{w.Text, newHostPlace(w.Place)})
		}
	}
	return shown
}
