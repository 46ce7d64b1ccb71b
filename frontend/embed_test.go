package frontend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sourceFiles lists what the pages are built from, as tools/fingerprint.ts does.
func sourceFiles(t *testing.T) []string {
	t.Helper()
	paths := []string{"index.html", "package-lock.json", "tsconfig.json", "vite.config.ts", "../api/openapi.yaml"}
	for _, folder := range []string{"public", "src"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ".test.ts") {
				paths = append(paths, filepath.ToSlash(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(paths)
	return paths
}

func hashOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestTheBuiltPagesBelongToTheSourcesBesideThem(t *testing.T) {
	var list strings.Builder
	for _, path := range sourceFiles(t) {
		fmt.Fprintf(&list, "%s  %s\n", hashOf(t, path), path)
	}
	sum := sha256.Sum256([]byte(list.String()))
	built, err := fs.ReadFile(Dist(), "source.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(built)) != hex.EncodeToString(sum[:]) {
		t.Error("frontend/dist is older than its sources: run `npm ci && npm run build` in frontend")
	}
}

func TestTheBuiltPagesLoadNothingFromElsewhereAndHaveNothingInline(t *testing.T) {
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"http://", "https://", "<style", "<script>"} {
		if strings.Contains(string(page), forbidden) {
			t.Errorf("index.html holds %q, which the content security policy refuses", forbidden)
		}
	}
}
