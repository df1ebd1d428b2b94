package modprobe

// word is one parameter as the kernel finds it in the text that modprobe hands
// to it.
type word struct {
	start, end int // in the text, quotes included
	name       string
	value      string // without quotes around it
	given      bool   // there is a '='
}

// splitWords splits a module's parameters as the kernel does (next_arg in
// lib/cmdline.c): at white space outside of double quotes. An opening quote
// that has no closing one keeps all that follows together.
func splitWords(text string) (words []word) {
	for i := skipSpaces(text, 0); i < len(text); {
		w := nextWord(text, i)
		words = append(words, w)
		i = skipSpaces(text, w.end)
	}
	return words
}

func nextWord(text string, start int) word {
	begin := start
	quoted := text[begin] == '"'
	if quoted {
		begin++
	}
	inside, equals := quoted, 0
	i := begin
	for ; i < len(text) && (inside || !kernelSpace(text[i])); i++ {
		switch {
		case text[i] == '=' && equals == 0 && i > begin:
			equals = i
		case text[i] == '"':
			inside = !inside
		}
	}
	w := word{start: start, end: i, given: equals > 0}
	last := i
	closed := i > begin && text[i-1] == '"'
	from := begin
	if w.given {
		w.name, from = text[begin:equals], equals+1
		if from < i && text[from] == '"' {
			from++
			quoted = true
		}
	}
	if quoted && closed {
		last = i - 1
	}
	rest := text[from:max(from, last)]
	if w.given {
		w.value = rest
	} else {
		w.name = rest
	}
	return w
}

func skipSpaces(text string, i int) int {
	for i < len(text) && kernelSpace(text[i]) {
		i++
	}
	return i
}

// kernelSpace is isspace of lib/ctype.c, where the table is Latin-1's.
func kernelSpace(c byte) bool { return space(c) || c == 0xa0 }
