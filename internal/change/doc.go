// Package change plans changes of files, shows them, carries them out, reads
// back what came of them, and takes them back if anything fails.
//
// A file that is ours alone is written as a whole and removed again. A file that
// others write too is edited: the first edit keeps a backup of it, and the backup
// goes when none of our lines are left in the file. Several kinds of settings
// may have lines in one file, each under its own Kind; taking one kind's lines
// out leaves those of the others, and the backup.
//
// What has to outlive a process is noted in /var/lib/xenpci/notes: which folders
// were made, and which kind edited which file. See notes.go.
//
// The package knows neither devices nor boot layers. Goroutines may not share
// its values while one of them changes them.
package change
