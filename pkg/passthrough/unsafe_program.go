package passthrough

import "github.com/xenpci/xenpci/internal/program"

// unsafeProgram returns why the programs are not to be run at boot: others than root could
// replace one of them, or one may be gone by then. It returns nil for a root that is not
// this machine's, where they cannot be looked at.
func (b booting) unsafeProgram(paths ...string) error {
	if b.host.Run == nil {
		return nil
	}
	for _, path := range paths {
		if err := program.Lasting(path); err != nil {
			return err
		}
	}
	return nil
}
