package initscript

import (
	"slices"
	"strings"
)

// form is what may follow the name of a stanza.
type form struct {
	least, most int      // further words; most < 0: any number
	first       []string // what the first of them may be; nil: anything
}

// forms are the stanzas of a dialect whose arguments are plain words: those of
// upstart 0.3.9 (its table in init/cfgfile.c), and of 0.6 to 1.13 (init(5), and
// init/parse_job.c).
func (d Dialect) forms() map[string]form {
	all := map[string]form{
		"description": {least: 1, most: 1},
		"author":      {least: 1, most: 1},
		"version":     {least: 1, most: 1},
		"emits":       {least: 1, most: -1},
		"exec":        {least: 1, most: -1},
		"env":         {least: 1, most: 1},
		"umask":       {least: 1, most: 1},
		"nice":        {least: 1, most: 1},
		"limit":       {least: 3, most: 3},
		"chroot":      {least: 1, most: 1},
		"chdir":       {least: 1, most: 1},
	}
	if d == EventD {
		all["console"] = form{1, 1, []string{"logged", "output", "owner", "none"}}
		all["respawn"] = form{0, -1, nil}
		all["daemon"] = form{0, -1, nil}
		all["service"] = form{0, 0, nil}
		all["instance"] = form{0, 0, nil}
		all["pid"] = form{2, 2, []string{"file", "binary", "timeout"}}
		all["kill"] = form{2, 2, []string{"timeout"}}
		all["normalexit"] = form{1, -1, nil}
		return all
	}
	all["console"] = form{1, 1, []string{"log", "output", "owner", "none"}}
	all["respawn"] = form{0, 3, []string{"limit"}}
	all["task"] = form{0, 0, nil}
	all["manual"] = form{0, 0, nil}
	all["instance"] = form{1, 1, nil}
	all["export"] = form{1, -1, nil}
	all["expect"] = form{1, 1, []string{"fork", "daemon", "stop", "none"}}
	all["kill"] = form{2, 2, []string{"timeout", "signal"}}
	all["reload"] = form{2, 2, []string{"signal"}}
	all["normal"] = form{2, -1, []string{"exit"}}
	all["oom"] = form{1, 2, nil}
	all["setuid"] = form{1, 1, nil}
	all["setgid"] = form{1, 1, nil}
	all["usage"] = form{1, 1, nil}
	all["apparmor"] = form{2, 2, []string{"load", "switch"}}
	all["cgroup"] = form{1, -1, nil}
	return all
}

// check returns what upstart would reject in a stanza.
func (d Dialect) check(s Stanza) error {
	refuse := func(why string) error { return &JobError{Line: s.Line, Why: why} }
	if len(s.Words) == 0 {
		return refuse("a stanza without a name")
	}
	name, args := s.Words[0], s.Words[1:]
	switch name {
	case "start", "stop":
		if d == EventD && len(args) == 1 && args[0] == "script" {
			return nil
		}
		if len(args) == 0 || args[0] != "on" {
			return refuse(name + ` is not followed by "on"`)
		}
		if why := d.events(args[1:]); why != "" {
			return refuse(name + " on: " + why)
		}
		return nil
	case "script":
		if len(args) > 0 {
			return refuse("unexpected words after script")
		}
		return nil
	case "pre-start", "post-start", "pre-stop", "post-stop":
		if len(args) == 1 && args[0] == "script" || len(args) > 1 && args[0] == "exec" {
			return nil
		}
		return refuse(name + ` is followed by neither "exec COMMAND" nor "script"`)
	}
	f, ok := d.forms()[name]
	switch {
	case !ok:
		return refuse(name + ": no such stanza")
	case len(args) < f.least:
		return refuse(name + ": a word is missing")
	case f.most >= 0 && len(args) > f.most:
		return refuse(name + ": too many words")
	case f.first != nil && len(args) > 0 && !slices.Contains(f.first, args[0]):
		return refuse(name + ": " + args[0] + " is none of " + strings.Join(f.first, ", "))
	}
	return nil
}

// events checks what follows "on": in EventD one event with arguments; in InitConf
// events joined by "and" and "or", with brackets.
func (d Dialect) events(words []string) (why string) {
	if d == EventD {
		switch {
		case len(words) == 0:
			return "no event"
		case slices.ContainsFunc(words, operator):
			return "and, or and brackets are not allowed in /etc/event.d"
		}
		return ""
	}
	rest, why := expression(words, 0)
	if why == "" && len(rest) > 0 {
		return "not expected: " + rest[0]
	}
	return why
}

func operator(word string) bool { return word == "and" || word == "or" || word == "(" || word == ")" }

// maxDepth limits the nesting of brackets.
const maxDepth = 64

// expression reads OPERAND {and|or OPERAND} and returns what follows it.
func expression(words []string, depth int) (rest []string, why string) {
	if depth > maxDepth {
		return nil, "too many brackets"
	}
	for {
		words, why = operand(words, depth)
		if why != "" || len(words) == 0 || words[0] != "and" && words[0] != "or" {
			return words, why
		}
		words = words[1:]
	}
}

// operand reads (EXPRESSION) or an event: its name and the values of its variables,
// those without a name first.
func operand(words []string, depth int) (rest []string, why string) {
	switch {
	case len(words) == 0:
		return nil, "an event is missing"
	case words[0] == "(":
		words, why = expression(words[1:], depth+1)
		if why == "" && (len(words) == 0 || words[0] != ")") {
			why = "a bracket is not closed"
		}
		if why != "" {
			return nil, why
		}
		return words[1:], ""
	case operator(words[0]):
		return nil, "an event is missing before " + words[0]
	}
	named := false
	for words = words[1:]; len(words) > 0 && !operator(words[0]); words = words[1:] {
		if strings.Contains(words[0], "=") {
			named = true
		} else if named {
			return nil, words[0] + " follows a variable and has no name"
		}
	}
	return words, ""
}

// StartEvents returns the events that start the job, with their arguments:
// "starting rc RUNLEVEL=[2345]".
func (j Job) StartEvents() []string {
	var all []string
	for _, s := range j.Stanzas {
		if len(s.Words) < 2 || s.Words[0] != "start" || s.Words[1] != "on" {
			continue
		}
		var event []string
		for _, w := range append(slices.Clone(s.Words[2:]), "or") {
			if !operator(w) {
				event = append(event, w)
				continue
			}
			if len(event) > 0 {
				all = append(all, strings.Join(event, " "))
			}
			event = nil
		}
	}
	return all
}
