package pcitree

// Object is the smallest module that depmod and modprobe read: an object file
// whose .modinfo is given.
func Object(modinfo []byte) []byte { return object(modinfo) }
