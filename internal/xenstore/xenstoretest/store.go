package xenstoretest

import (
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
)

// The longest paths, in bytes: XENSTORE_ABS_PATH_MAX and its relative fellow.
const (
	absolutePathLimit = 3072
	relativePathLimit = 2048
)

// home is what a relative path of dom0 begins at.
const home = "/local/domain/0"

// store is the tree, or a transaction's view of it.
type store struct {
	root       *node
	generation uint64 // counts changes
}

// node is one node; names keeps its children in the order of their creation,
// which is how the C xenstored lists them.
type node struct {
	value       string
	permissions []string
	generation  uint64 // of the last change of this node
	names       []string
	children    map[string]*node
}

func newStore() *store {
	return &store{root: &node{permissions: []string{"n0"}, children: map[string]*node{}}}
}

func (s *store) clone() *store {
	return &store{root: s.root.clone(), generation: s.generation}
}

func (n *node) clone() *node {
	c := *n
	c.names = slices.Clone(n.names)
	c.permissions = slices.Clone(n.permissions)
	c.children = maps.Clone(n.children)
	for name, child := range c.children {
		c.children[name] = child.clone()
	}
	return &c
}

// walk visits every node below n, parents first.
func (n *node) walk(at string, visit func(string, *node)) {
	for _, name := range n.names {
		child := at + "/" + name
		visit(child, n.children[name])
		n.children[name].walk(child, visit)
	}
}

// resolve makes a path absolute, or refuses it.
func resolve(p string) (string, syscall.Errno) {
	if !strings.HasPrefix(p, "/") {
		if len(p) > relativePathLimit {
			return "", syscall.EINVAL
		}
		p = home + "/" + p
	}
	switch {
	case len(p) > absolutePathLimit,
		p != "/" && strings.HasSuffix(p, "/"),
		strings.Contains(p, "//"),
		strings.ContainsFunc(p, forbidden):
		return "", syscall.EINVAL
	}
	return p, 0
}

func forbidden(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-/_@", r)
}

// find gives the node at an absolute path.
func (s *store) find(p string) (*node, syscall.Errno) {
	n := s.root
	for name := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
		if name == "" {
			continue
		}
		if n = n.children[name]; n == nil {
			return nil, syscall.ENOENT
		}
	}
	return n, 0
}

// make gives the node at an absolute path and creates what is missing; new
// nodes have the permissions of the node above them.
func (s *store) make(p string) *node {
	n := s.root
	for name := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
		if name == "" {
			continue
		}
		child := n.children[name]
		if child == nil {
			child = &node{permissions: slices.Clone(n.permissions), children: map[string]*node{}}
			n.children[name] = child
			n.names = append(n.names, name)
			s.touch(n)
			s.touch(child)
		}
		n = child
	}
	return n
}

func (s *store) write(p, value string) {
	n := s.make(p)
	n.value = value
	s.touch(n)
}

// remove deletes a node and all below it. One that is missing is removed
// already, where the node above it is there.
func (s *store) remove(p string) syscall.Errno {
	if p == "/" {
		return syscall.EINVAL
	}
	parent, errno := s.find(path.Dir(p))
	if errno != 0 {
		return errno
	}
	name := path.Base(p)
	if parent.children[name] == nil {
		return 0
	}
	delete(parent.children, name)
	parent.names = slices.DeleteFunc(parent.names, func(n string) bool { return n == name })
	s.touch(parent)
	return 0
}

func (s *store) touch(n *node) {
	s.generation++
	n.generation = s.generation
}
