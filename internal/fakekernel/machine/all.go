package machine

// All returns every machine that has an archive.
func All() []Machine {
	return []Machine{sis190(), desktop(), server(), laptop(), qemu()}
}
