package outside

import (
	"iter"

	"github.com/xenpci/xenpci/pkg/pci"
)

// PCI are the functions of pkg/pci.
var (
	_ func(root string) ([]pci.Device, error)                                            = pci.Scan
	_ func(root string) ([]pci.Address, error)                                           = pci.List
	_ func(root string, at []pci.Address, parts pci.Parts) ([]pci.Device, error)         = pci.Read
	_ func(root string, at []pci.Address, parts pci.Parts) ([]pci.Device, error)         = pci.ReadAll
	_ func(root string, at pci.Address) (*pci.Address, error)                            = pci.PhysFn
	_ func(root string, at []pci.Address, parts pci.Parts) iter.Seq2[*pci.Device, error] = pci.Each
	_ func(root string, a pci.Address) (pci.Device, error)                               = pci.ReadDevice
	_ func(root string, a pci.Address) (string, error)                                   = pci.Driver
	_ func(root string, a pci.Address) (pci.HeaderType, error)                           = pci.ReadHeaderType
	_ func(root string, a pci.Address) (bool, error)                                     = pci.Answers
	_ func(root string, a pci.Address, limit int) ([]byte, error)                        = pci.ReadConfig
	_ func(root string) (*pci.Names, error)                                              = pci.OpenNames
)
