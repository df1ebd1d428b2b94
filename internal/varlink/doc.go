// Package varlink implements the varlink protocol (https://varlink.org) over unix
// sockets: a Server that calls functions by the names of methods, a Broadcast for its
// methods that report changes, and a Client.
//
// A message is a JSON object and a NUL byte. A call names a method and its parameters;
// a reply has the results, or the name of an error and its parameters. A method called
// with "more" may reply several times. Nothing here knows what the methods do, and
// upgrades of a connection to another protocol are refused.
//
// Everything is bounded by the constants of this package. A client that exceeds them is
// closed, and counted in Counters.
package varlink
