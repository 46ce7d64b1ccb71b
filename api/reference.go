package api

import (
	"io/fs"
	"net/http"
	"path"

	swaggerFiles "github.com/swaggo/files/v2"
)

func (s *Server) contractFile(r *request) error {
	r.Data(http.StatusOK, "application/yaml; charset=utf-8", contractText)
	return nil
}

// startReference replaces the initializer that comes with the pages, which would show somebody else's contract.
const startReference = `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '/openapi.yaml', dom_id: '#swagger-ui', deepLinking: true })
}
`

// referenceFiles are those that the reference page loads; the rest of the bundle is for building other pages.
var referenceFiles = map[string]bool{"index.html": true, "index.css": true, "swagger-ui.css": true, "swagger-ui-bundle.js": true,
	"swagger-ui-standalone-preset.js": true, "favicon-16x16.png": true, "favicon-32x32.png": true}

func (s *Server) reference(r *request) error {
	r.Writer.Header().Set("Content-Security-Policy", referencePolicy)
	name := r.Param("file")
	if name == "swagger-initializer.js" {
		r.Data(http.StatusOK, contentType(name), []byte(startReference))
		return nil
	}
	if !referenceFiles[name] {
		return noSuchRoute
	}
	content, err := fs.ReadFile(swaggerFiles.FS, path.Base(name))
	if err != nil {
		return err
	}
	r.Data(http.StatusOK, contentType(name), content)
	return nil
}
