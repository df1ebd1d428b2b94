package foreign

import (
	"slices"
	"strings"
)

// command is a simple command of a shell script. Nothing of it is executed.
type command struct {
	line  int      // from 1
	words []string // with the variables replaced whose values are plain in the script
	into  []string // the files that its output is written to, by > and >>, or by tee
	after int      // the line of the exit before it, at which the script ends; 0 for none
}

// The bounds of what is made of one script.
const (
	maxCommands = 4096
	maxValues   = 64  // of one variable
	maxValue    = 256 // bytes of one value
)

// shellReader splits a script into simple commands, as much as is needed to find addresses in
// it: it knows quotes, comments, assignments and "for NAME in WORD...". What a shell would
// compute stays as it is written, with its "$".
type shellReader struct {
	commands []command
	values   map[string][]string // of the variables
}

// parseShell returns the commands of a script, or of one line that a shell runs. first is the
// number of its first line.
func parseShell(text string, first int) []command {
	s := &shellReader{values: map[string][]string{}}
	piped := false
	depth, ended := 0, 0
	for _, c := range splitShell(text, first) {
		if len(s.commands) == maxCommands {
			break
		}
		depth = max(depth+nesting(c.words), 0)
		words, into := s.redirects(c.words)
		words = s.assign(skipKeywords(words))
		if len(words) == 0 {
			piped = c.pipe
			continue
		}
		if piped && baseName(withoutSudo(words)[0]) == "tee" && len(s.commands) > 0 {
			last := &s.commands[len(s.commands)-1]
			last.into = append(last.into, s.expand(withoutSudo(words)[1:])...)
			piped = c.pipe
			continue
		}
		if expanded := s.expand(withoutSudo(words)); len(expanded) > 0 {
			s.commands = append(s.commands, command{c.line, expanded, s.expand(into), ended})
		}
		if words[0].text == "exit" && depth == 0 && !c.depends && ended == 0 {
			ended = c.line
		}
		piped = c.pipe
	}
	return s.commands
}

// word is a word as it is written, without its quotes. plain is true if a shell takes it
// literally.
type word struct {
	text  string
	plain bool
}

// part is what stands between two separators.
type part struct {
	line    int
	words   []word
	pipe    bool // "|" follows
	depends bool // it may not be executed, or is a part of a pipeline or a subshell
}

// nesting returns how many more compound commands are open after the words of a part.
func nesting(words []word) (n int) {
	for _, w := range words {
		switch w.text {
		case "if", "while", "until", "{":
			n++
		case "for", "case", "select":
			return n + 1
		case "function":
			if words[len(words)-1].text == "{" {
				n++
			}
			return n
		case "fi", "done", "esac", "}":
			n--
		case "then", "elif", "else", "do", "!", "time":
		default:
			if !strings.HasSuffix(w.text, "()") {
				return n
			}
		}
	}
	return n
}

// splitShell splits a text at separators and into words.
func splitShell(text string, first int) (parts []part) {
	p := part{line: first}
	line := first
	var w strings.Builder
	inWord, plain := false, true
	parens := 0
	var documents []hereDocument
	endWord := func() {
		if inWord {
			p.words = append(p.words, word{w.String(), plain})
		}
		w.Reset()
		inWord, plain = false, true
	}
	endPart := func(pipe bool) {
		endWord()
		p.pipe = pipe
		if len(p.words) > 0 {
			parts = append(parts, p)
		}
		p = part{line: line}
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] == '\n' {
				line++
				continue
			}
			w.WriteByte(text[i])
			inWord = true
		case c == '$' && i+1 < len(text) && text[i+1] == '(', c == '`':
			end := substitution(text, i)
			line += strings.Count(text[i:end], "\n")
			w.WriteString(text[i:end])
			inWord, i = true, end-1
		case c == '\'' || c == '"':
			end := i + 1
			for end < len(text) && text[end] != c {
				if c == '"' && text[end] == '\\' && end+1 < len(text) {
					end++
				}
				end++
			}
			quoted := text[i+1 : min(end, len(text))]
			if c == '\'' {
				plain = plain && !strings.Contains(quoted, "$")
			}
			line += strings.Count(quoted, "\n")
			w.WriteString(quoted)
			inWord, i = true, end
		case c == '#' && !inWord:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case c == '\n':
			line++
			for _, h := range documents {
				n := h.skip(text[i+1:])
				line += strings.Count(text[i+1:i+1+n], "\n")
				i += n
			}
			documents = nil
			endPart(false)
			p.line, p.depends = line, parens > 0
		case strings.HasPrefix(text[i:], "<<<"):
			w.WriteString("<<<")
			inWord, i = true, i+2
		case strings.HasPrefix(text[i:], "<<"):
			h, n := hereDocumentAt(text[i:])
			if n == 0 {
				w.WriteString("<<")
				inWord, i = true, i+1
				continue
			}
			endWord()
			if !runsShell(p.words) {
				documents = append(documents, h)
			}
			i += n - 1
		case c == ' ' || c == '\t' || c == '\r':
			endWord()
		case c == '>' && !(inWord && strings.Trim(w.String(), "012&") != ""):
			w.Reset()
			inWord, plain = false, true
			if i+1 < len(text) && (text[i+1] == '>' || text[i+1] == '|') {
				i++
			}
			p.words = append(p.words, word{">", true})
		case c == '>':
			endWord()
			if i+1 < len(text) && text[i+1] == '>' {
				i++
			}
			p.words = append(p.words, word{">", true})
		case c == '&' && len(p.words) > 0 && p.words[len(p.words)-1].text == ">" && !inWord:
			w.WriteByte(c) // ">&2"
			inWord = true
		case c == ';' || c == '&' || c == '|' || c == '(' && !inWord || c == ')' && (!inWord || parens > 0 && !strings.Contains(w.String(), "(")):
			twice := i+1 < len(text) && text[i+1] == c
			endPart(c == '|' && !twice)
			switch c {
			case '(':
				parens++
			case ')':
				parens = max(parens-1, 0)
			}
			p.depends = parens > 0 || c == '|' || c == '&' && twice
			if twice && c != '(' && c != ')' {
				i++
			}
		default:
			w.WriteByte(c)
			inWord = true
		}
	}
	endPart(false)
	return parts
}

// substitution returns where the command substitution ends that begins at start.
func substitution(text string, start int) (end int) {
	if text[start] == '`' {
		if at := strings.IndexByte(text[start+1:], '`'); at >= 0 {
			return start + at + 2
		}
		return len(text)
	}
	depth := 0
	for end = start + 1; end < len(text); end++ {
		switch text[end] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return end + 1
			}
		}
	}
	return end
}

// redirects takes the files out of the words that output is written to.
func (s *shellReader) redirects(words []word) (rest, into []word) {
	for i := 0; i < len(words); i++ {
		switch {
		case words[i].text == ">" && i+1 < len(words):
			i++
			into = append(into, words[i])
		default:
			rest = append(rest, words[i])
		}
	}
	return rest, into
}

// skipKeywords drops the words of the shell's grammar before a command.
func skipKeywords(words []word) []word {
	for len(words) > 0 {
		if strings.HasSuffix(words[0].text, "()") {
			words = words[1:]
			continue
		}
		switch words[0].text {
		case "if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "exec", "nohup", "command":
			words = words[1:]
		default:
			return words
		}
	}
	return words
}

// runsShell reports whether the words start a shell, which reads its commands from a
// here-document.
func runsShell(words []word) bool {
	words = withoutSudo(words)
	return len(words) > 0 && slices.Contains([]string{"sh", "bash", "dash", "ash"}, baseName(words[0]))
}

func withoutSudo(words []word) []word {
	if len(words) > 1 && baseNameOf(words[0].text) == "sudo" {
		return words[1:]
	}
	return words
}

func baseName(w word) string { return baseNameOf(w.text) }

func baseNameOf(file string) string { return file[strings.LastIndexByte(file, '/')+1:] }

// assign notes the values of variables, and returns the words after assignments.
func (s *shellReader) assign(words []word) []word {
	if len(words) > 2 && words[0].text == "for" && words[2].text == "in" {
		s.set(words[1].text, s.expand(words[3:]))
		return nil
	}
	if len(words) > 1 && (words[0].text == "export" || words[0].text == "local" || words[0].text == "readonly") {
		words = words[1:]
	}
	for len(words) > 0 {
		name, value, found := strings.Cut(words[0].text, "=")
		if !found || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			return words
		}
		s.set(name, s.expand([]word{{value, words[0].plain}}))
		words = words[1:]
	}
	return nil
}

func (s *shellReader) set(name string, values []string) {
	var all []string
	for _, v := range values {
		all = append(all, strings.Fields(v)...)
	}
	delete(s.values, name) // what is too long stays as it is written
	if len(all) <= maxValues && !slices.ContainsFunc(all, func(v string) bool { return len(v) > maxValue }) {
		s.values[name] = all
	}
}

// expand replaces the variables in words. A variable with several values gives a word for each.
func (s *shellReader) expand(words []word) (all []string) {
	for _, w := range words {
		all = append(all, s.expandWord(w)...)
	}
	return all
}

func (s *shellReader) expandWord(w word) []string {
	start := strings.IndexByte(w.text, '$')
	if start < 0 || !w.plain {
		return []string{w.text}
	}
	name, end := variable(w.text[start+1:])
	values, known := s.values[name]
	if name == "" || !known {
		return []string{w.text}
	}
	tails := s.expandWord(word{w.text[start+1+end:], true})
	var all []string
	for _, v := range values {
		if strings.Contains(v, "$") || len(all) == maxValues {
			return []string{w.text}
		}
		for _, tail := range tails {
			all = append(all, w.text[:start]+v+tail)
		}
	}
	return all[:min(len(all), maxValues)]
}

// variable returns the name at the beginning of what follows a "$", and where it ends.
func variable(text string) (name string, end int) {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		if at := strings.IndexByte(inner, '}'); at > 0 {
			return inner[:at], at + 2
		}
		return "", 0
	}
	for end < len(text) && (text[end] == '_' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z' || end > 0 && text[end] >= '0' && text[end] <= '9') {
		end++
	}
	return text[:end], end
}
