package passthrough

// Version is the version of xenpci: of this library, the command and the daemon.
const Version = "0.1.0"
