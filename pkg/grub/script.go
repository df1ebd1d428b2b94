package grub

import (
	"fmt"
	"strings"
)

// node is a statement of a GRUB script: a command, perhaps with a block, or an if.
type node struct {
	words      []word
	block      []node // of menuentry, submenu, function
	hasBlock   bool
	branches   []branch // of if
	loop       bool     // for, while, until: the block may be executed
	start, end int
	line, last int
}

// branch is a condition with its statements; an else has no condition.
type branch struct {
	condition []node
	body      []node
	otherwise bool
}

// SyntaxError reports a grub.cfg that GRUB could not read either, or that does more than
// ParseConfig follows.
type SyntaxError struct {
	Line int // from 1
	Why  string
}

// Error names the line and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d: %s", e.Line, e.Why)
}

// maxBlocks limits the nesting of blocks.
const maxBlocks = 64

type scriptParser struct {
	lexer
	counted, line int
	depth         int
}

func parseScript(data []byte) ([]node, error) {
	p := &scriptParser{lexer: lexer{text: string(data)}, line: 1}
	nodes, _, err := p.nodes()
	return nodes, err
}

func (p *scriptParser) lineAt(at int) int {
	p.line += strings.Count(p.text[p.counted:at], "\n")
	p.counted = at
	return p.line
}

func (p *scriptParser) fail(why string) error {
	return &SyntaxError{Line: p.lineAt(max(p.counted, min(p.at, len(p.text)))), Why: why}
}

// nodes reads statements up to one of the words in until, or to the end if until is
// empty.
func (p *scriptParser) nodes(until ...string) (nodes []node, ended string, err error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxBlocks {
		return nil, "", p.fail("blocks are nested too deeply")
	}
	for {
		p.skip(true)
		if p.at < len(p.text) && strings.IndexByte("|&<>", p.text[p.at]) >= 0 {
			p.at++
			continue
		}
		if p.at >= len(p.text) {
			if len(until) > 0 {
				return nil, "", p.fail(fmt.Sprintf("%q is missing", until[len(until)-1]))
			}
			return nodes, "", nil
		}
		start := p.at
		first, why := p.word()
		if why != "" {
			return nil, "", p.fail(why)
		}
		for _, u := range until {
			if first.is(u) {
				return nodes, u, nil
			}
		}
		for _, stray := range [...]string{"}", "fi", "then", "else", "elif", "do", "done"} {
			if first.is(stray) {
				return nil, "", p.fail(fmt.Sprintf("%q with nothing to end", stray))
			}
		}
		n := node{words: []word{first}, start: start, line: p.lineAt(start)}
		if err := p.rest(&n); err != nil {
			return nil, "", err
		}
		n.end = p.at
		n.last = p.lineAt(p.at)
		nodes = append(nodes, n)
	}
}

// rest reads a statement after its first word.
func (p *scriptParser) rest(n *node) error {
	first := n.words[0]
	switch {
	case first.is("if"):
		return p.conditional(n)
	case first.is("while"), first.is("until"):
		if _, _, err := p.nodes("do"); err != nil {
			return err
		}
		return p.loop(n)
	case first.is("for"):
		if err := p.words(n); err != nil {
			return err
		}
		p.skip(true)
		if w, _ := p.word(); !w.is("do") {
			return p.fail(`"for" without its "do"`)
		}
		return p.loop(n)
	}
	return p.words(n)
}

func (p *scriptParser) loop(n *node) (err error) {
	n.loop = true
	n.block, _, err = p.nodes("done")
	return err
}

// words reads to the end of a command, and the block that ends it.
func (p *scriptParser) words(n *node) error {
	for {
		p.skip(false)
		if p.at >= len(p.text) || strings.IndexByte("\n;|&<>}", p.text[p.at]) >= 0 {
			return nil
		}
		w, why := p.word()
		if why != "" {
			return p.fail(why)
		}
		if !w.is("{") {
			n.words = append(n.words, w)
			continue
		}
		n.hasBlock = true
		var err error
		n.block, _, err = p.nodes("}")
		return err
	}
}

func (p *scriptParser) conditional(n *node) error {
	for {
		condition, _, err := p.nodes("then")
		if err != nil {
			return err
		}
		body, ended, err := p.nodes("elif", "else", "fi")
		if err != nil {
			return err
		}
		n.branches = append(n.branches, branch{condition: condition, body: body})
		switch ended {
		case "fi":
			return nil
		case "else":
			body, _, err := p.nodes("fi")
			if err != nil {
				return err
			}
			n.branches = append(n.branches, branch{body: body, otherwise: true})
			return nil
		}
	}
}
