// Package snapshot writes a machine as a text archive: all that xenpci reads of
// it, for a bug report or a test.
//
// Nothing is changed and nothing asked of a driver: what is read is named in
// tables, and every read, list and count has a bound. Links are stored as links
// and never followed. What vanishes meanwhile is left out, what may not be read
// is noted.
package snapshot
