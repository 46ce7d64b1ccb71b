package chaos

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
)

// The environment chooses the form: nothing is a smoke test on SQLite, "short" and "long" try both engines hard (docs/chaos.md).
const form = "WEIBOX_CHAOS"

func TestThePromisesHoldWhateverDies(t *testing.T) {
	plan, engines := Smoke, []string{SQLite}
	switch os.Getenv(form) {
	case "short":
		plan, engines = Short, []string{SQLite, MariaDB}
	case "long":
		plan, engines = Long, []string{SQLite, MariaDB}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := build(t.Context(), t.TempDir(), "chaos")
	if err != nil {
		t.Fatal(err)
	}
	lines := Head
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			v, toll, err := Prove(t.Context(), plan, engine, root, folder(t, engine), binary, t.Logf)
			if err != nil {
				t.Fatal(err)
			}
			lines += "\n" + v.Line(engine, toll)
			for i, finding := range v.Findings {
				if i == 40 {
					t.Errorf("and %d more", len(v.Findings)-i)
					break
				}
				t.Error(finding)
			}
		})
	}
	t.Log("\n" + lines)
}

// folder is where an installation lives; WEIBOX_CHAOS_KEEP names one that is kept, for its logs.
func folder(t *testing.T, engine string) string {
	kept := os.Getenv("WEIBOX_CHAOS_KEEP")
	if kept == "" {
		return t.TempDir()
	}
	path := filepath.Join(cmp.Or(kept, "."), engine)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
