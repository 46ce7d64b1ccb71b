// Package frontend carries the built pages of the browser side, so that the Go binary alone serves the whole product.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// Dist returns the built pages: index.html at the root, everything else under assets with its content hash in the name.
func Dist() fs.FS {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // The directive above would not have compiled without the folder.
	}
	return dist
}
