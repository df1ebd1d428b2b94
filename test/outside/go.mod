module example.com/outside

go 1.26.0

require github.com/xenpci/xenpci v0.0.0

require (
	github.com/pelletier/go-toml/v2 v2.4.3 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/xenpci/xenpci => ../..
