package modprobe

import (
	"strings"

	"github.com/xenpci/xenpci/internal/parameter"
)

// Setting is one word of a module's options.
type Setting struct {
	Where Where  // of the line that the word begins in
	Word  string // as the kernel gets it, with its quotes
	Value string // without quotes around it
	Given bool   // there is a value: an empty one in "hide=", none in "hide"
}

// Parameter is what the configuration says of one parameter of a module.
type Parameter struct {
	Name  string // with '_' for '-'
	Wins  Setting
	Loses []Setting // in their order; the kernel reads them before the one that wins
}

// ModuleOptions is what modprobe hands to the kernel with a module.
type ModuleOptions struct {
	Text       string      // of all lines for the module, then of the kernel command line
	Parameters []Parameter // in the order in which they are first named
	Ignored    []Setting   // what follows a word "--", where the kernel stops
}

// Options returns the options of a module. kmod joins the lines for it and the kernel
// splits them, so that a quote which is not closed includes the lines after it. Of a
// parameter's values the last takes effect: two lists hide= are not merged.
//
// Lines for an alias of the module are not included, since they take effect only for
// "modprobe ALIAS"; call Options with the alias for those.
func (c *Config) Options(module string) ModuleOptions {
	var text strings.Builder
	var begins []int
	var from []Where
	for _, f := range c.Lines(Options) {
		if f.Directive.Module != Name(module) {
			continue
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		begins, from = append(begins, text.Len()), append(from, f.Where)
		text.WriteString(f.Directive.Text)
	}
	options := ModuleOptions{Text: text.String()}
	stopped, line := false, 0
	for _, w := range parameter.Split(options.Text) {
		for line+1 < len(begins) && begins[line+1] <= w.Start {
			line++
		}
		s := Setting{Where: from[line], Word: options.Text[w.Start:w.End], Value: w.Value, Given: w.HasValue}
		if stopped {
			options.Ignored = append(options.Ignored, s)
		} else if w.Name == "--" && !w.HasValue {
			stopped = true
		} else {
			options.set(Name(w.Name), s)
		}
	}
	return options
}

func (o *ModuleOptions) set(name string, s Setting) {
	if p := o.Parameter(name); p != nil {
		p.Loses, p.Wins = append(p.Loses, p.Wins), s
		return
	}
	o.Parameters = append(o.Parameters, Parameter{Name: name, Wins: s})
}

// Parameter returns what the configuration says of one parameter; nil if nothing.
func (o *ModuleOptions) Parameter(name string) *Parameter {
	for i := range o.Parameters {
		if o.Parameters[i].Name == Name(name) {
			return &o.Parameters[i]
		}
	}
	return nil
}
