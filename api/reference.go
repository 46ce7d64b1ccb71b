package api

import (
	"fmt"
	"io/fs"
	"net/http"
	"sync"

	swaggerFiles "github.com/swaggo/files/v2"
)

func (s *Server) contractFile(r *request) error {
	r.Data(http.StatusOK, "application/yaml; charset=utf-8", contractText)
	return nil
}

// startReference replaces the initializer that comes with the pages, which would show somebody else's contract. Without validatorUrl it
// would also tell a stranger's server about ours.
const startReference = `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '/openapi.yaml', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
}
`

// referenceFiles are those that the reference page loads; the rest of the bundle is for building other pages.
var referenceFiles = []string{"index.html", "index.css", "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js",
	"favicon-16x16.png", "favicon-32x32.png"}

var referencePages = sync.OnceValues(func() (map[string]*page, error) {
	const initializer = "swagger-initializer.js"
	pages := map[string]*page{initializer: newPage(initializer, []byte(startReference))}
	for _, name := range referenceFiles {
		content, err := fs.ReadFile(swaggerFiles.FS, name)
		if err != nil {
			return nil, fmt.Errorf("reference page: %w", err)
		}
		pages[name] = newPage(name, content)
	}
	return pages, nil
})

func (s *Server) toReference(r *request) error {
	r.Redirect(http.StatusFound, "/swagger/index.html")
	return nil
}

func (s *Server) reference(r *request) error {
	pages, err := referencePages()
	if err != nil {
		return err
	}
	file := pages[r.Param("file")]
	if file == nil {
		return noSuchRoute
	}
	r.Writer.Header().Set("Content-Security-Policy", referencePolicy)
	file.send(r.Writer, r.Request)
	return nil
}
