package xenstoretest

import (
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
)

// The longest paths, in bytes: XENSTORE_ABS_PATH_MAX and XENSTORE_REL_PATH_MAX.
const (
	absolutePathLimit = 3072
	relativePathLimit = 2048
)

// home is the node to which relative paths of dom0 refer.
const home = "/local/domain/0"

// store is the tree, or a transaction's copy of it.
type store struct {
	root       *node
	generation uint64   // number of changes
	changed    []change // for which no watch has fired yet
}

// change is what watches fire for.
type change struct {
	path  string
	exact bool // only watches of this very path fire, not those of nodes above
}

// node is one node. names has its children in the order of their creation, in
// which the C xenstored lists them.
type node struct {
	value       string
	permissions []string
	generation  uint64 // of this node's last change
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

// resolve makes a path absolute, or rejects it.
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

// find returns the node at an absolute path.
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

// make returns the node at an absolute path and creates it, and its parents, if
// they are missing. New nodes have the permissions of their parent.
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
	s.changed = append(s.changed, change{path: p})
}

// remove deletes a node and all nodes below it. It is not an error if the node is
// missing and its parent exists.
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
	s.changed = append(s.changed, change{path: p})
	parent.children[name].walk(p, func(below string, _ *node) {
		s.changed = append(s.changed, change{path: below, exact: true})
	})
	delete(parent.children, name)
	parent.names = slices.DeleteFunc(parent.names, func(n string) bool { return n == name })
	s.touch(parent)
	return 0
}

func (s *store) touch(n *node) {
	s.generation++
	n.generation = s.generation
}
