package chaos

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What the environment chooses: the form, "short" or "long", which try both engines hard where nothing is a smoke test on SQLite; and a
// folder in which the installations are kept, for their logs (docs/chaos.md).
const (
	formVariable = "WEIBOX_CHAOS"
	keepVariable = "WEIBOX_CHAOS_KEEP"
)

func TestThePromisesHoldWhateverDies(t *testing.T) {
	plan, engines := Smoke, []string{SQLite}
	switch os.Getenv(formVariable) {
	case "short":
		plan, engines = Short, []string{SQLite, MariaDB}
	case "long":
		plan, engines = Long, []string{SQLite, MariaDB}
	}
	binary, err := build(t.Context(), t.TempDir(), "chaos")
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			v, toll, err := Prove(t.Context(), plan, engine, "../..", folder(t, engine), binary, t.Logf)
			if err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + Head + "\n" + v.Line(engine, toll))
			for i, finding := range v.Findings {
				if i == 40 {
					t.Errorf("and %d more", len(v.Findings)-i)
					break
				}
				t.Error(finding)
			}
		})
	}
}

// folder is where an installation lives.
func folder(t *testing.T, engine string) string {
	kept := os.Getenv(keepVariable)
	if kept == "" {
		return t.TempDir()
	}
	path := filepath.Join(kept, engine)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAReleaseKnowsNoPointOfDeath(t *testing.T) {
	names, err := points("../..")
	if err != nil || len(names) < 20 {
		t.Fatalf("points %v: %v", names, err)
	}
	for _, built := range []struct {
		tags  []string
		knows bool
	}{{nil, false}, {[]string{"chaos"}, true}} {
		binary, err := build(t.Context(), t.TempDir(), built.tags...)
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range append(names, "CHAOS_POINTS") {
			if bytes.Contains(program, []byte(name)) != built.knows {
				t.Errorf("built with tags %v, the program knows of %q: %v", built.tags, name, !built.knows)
			}
		}
	}
}
