package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weibox/configs"
	"weibox/connectors/weibo"
)

// room is what a package may import besides the standard library. The arrows are the design: api -> inbox <- jobs, connectors -> inbox,
// main -> all. ARCHITECTURE.md says why.
type room struct {
	ours    []string // our packages
	others  []string // beginnings of import paths of others
	without []string // what it must not take from the standard library either
}

// A brain decides and remembers nothing, so it reaches for nothing.
var brain = room{others: []string{"golang.org/x/text/"}, without: []string{"net", "net/http", "database/sql", "os"}}

var brains = []string{"weibox/inbox/triage", "weibox/inbox/routing", "weibox/inbox/pacing", "weibox/inbox/sla", "weibox/inbox/bot", "weibox/inbox/report"}

var rooms = map[string]room{
	"weibox": {
		ours: []string{"weibox/api", "weibox/configs", "weibox/connectors", "weibox/connectors/weibo", "weibox/connectors/weibo/sim", "weibox/frontend",
			"weibox/inbox", "weibox/inbox/showcase", "weibox/inbox/store", "weibox/jobs"},
		others: []string{"github.com/prometheus/client_golang/", "github.com/KimMachineGun/automemlimit/", "golang.org/x/sync/"},
	},
	"weibox/configs": {
		others:  []string{"github.com/knadh/koanf/", "github.com/go-viper/mapstructure/", "golang.org/x/sys/unix"},
		without: []string{"net/http", "database/sql"},
	},
	"weibox/inbox": {
		ours:    append([]string{"weibox/inbox/faults"}, brains...),
		others:  []string{"golang.org/x/crypto/argon2", "golang.org/x/sync/", "golang.org/x/text/"},
		without: []string{"net/http", "database/sql"},
	},
	"weibox/inbox/faults":   {without: []string{"net", "net/http", "database/sql"}},
	"weibox/inbox/showcase": {ours: []string{"weibox/inbox"}, without: []string{"net/http", "database/sql"}},
	"weibox/inbox/store": {
		ours:    []string{"weibox/inbox", "weibox/inbox/faults"},
		others:  []string{"gorm.io/", "github.com/pressly/goose/", "github.com/go-sql-driver/mysql", "modernc.org/sqlite"},
		without: []string{"net/http"},
	},
	"weibox/inbox/store/storetest": {ours: []string{"weibox/inbox", "weibox/inbox/store"}, others: []string{"github.com/go-sql-driver/mysql"}},
	"weibox/connectors":            {ours: []string{"weibox/inbox", "weibox/connectors/weibo"}},
	"weibox/connectors/weibo": {
		ours:    []string{"weibox/inbox"},
		others:  []string{"golang.org/x/oauth2", "code.dny.dev/ssrf", "github.com/gabriel-vasile/mimetype", "github.com/sony/gobreaker/", "golang.org/x/"},
		without: []string{"database/sql"},
	},
	"weibox/connectors/weibo/sim":     {without: []string{"database/sql"}}, // nothing of ours: it may disagree with the connector
	"weibox/connectors/connectortest": {ours: []string{"weibox/inbox"}},
	"weibox/jobs": {
		ours:    []string{"weibox/inbox", "weibox/inbox/faults"},
		others:  []string{"github.com/hibiken/asynq", "github.com/redis/go-redis/", "github.com/alicebob/miniredis/", "github.com/robfig/cron/"},
		without: []string{"net/http", "database/sql"},
	},
	"weibox/jobs/chaos": { // drives the program from outside, and reads its database as a stranger would
		ours:   []string{"weibox/connectors/weibo/sim"},
		others: []string{"github.com/hibiken/asynq", "github.com/redis/go-redis/", "github.com/go-sql-driver/mysql", "modernc.org/sqlite", "golang.org/x/sys/unix"},
	},
	"weibox/api": {
		ours: []string{"weibox/inbox", "weibox/inbox/faults"},
		others: []string{"github.com/gin-gonic/gin", "github.com/getkin/kin-openapi/", "github.com/swaggo/files", "github.com/oklog/ulid/",
			"github.com/prometheus/client_golang/", "golang.org/x/"},
		without: []string{"database/sql"},
	},
	"weibox/frontend": {},
}

func (r room) allows(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case first == "weibox":
		return slices.Contains(r.ours, path)
	case strings.Contains(first, "."):
		return slices.ContainsFunc(r.others, func(begin string) bool { return strings.HasPrefix(path, begin) })
	default:
		return !slices.Contains(r.without, path)
	}
}

func TestEveryPackageImportsOnlyWhatItsRoomMay(t *testing.T) {
	homeless, seen := map[string]bool{}, map[string]bool{}
	for path, file := range sources(t) {
		name := packageOf(path)
		seen[name] = true
		r, known := roomOf(name)
		if !known {
			homeless[name] = true
			continue
		}
		for _, spec := range file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); !r.allows(imported) {
				t.Errorf("%s imports %s, which is not for %s", path, imported, name)
			}
		}
	}
	for name := range homeless {
		t.Errorf("%s is in no room: add it to the table here and to ARCHITECTURE.md", name)
	}
	for name := range rooms {
		if !seen[name] {
			t.Errorf("%s is in the table, and nowhere else", name)
		}
	}
}

func roomOf(name string) (room, bool) {
	if slices.Contains(brains, name) {
		return brain, true
	}
	r, known := rooms[name]
	return r, known
}

// sources are all our Go files but tests, by their path.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func packageOf(path string) string {
	if folder := filepath.ToSlash(filepath.Dir(path)); folder != "." {
		return "weibox/" + folder
	}
	return "weibox"
}

// A setting that nothing reads would be a promise that nobody keeps.
func TestEverySettingIsReadByTheProgram(t *testing.T) {
	read := map[string]bool{}
	for path, file := range sources(t) {
		if name := packageOf(path); name != "weibox" && name != "weibox/configs" || strings.HasSuffix(path, "validate.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				read[s.Sel.Name] = true
			}
			return true
		})
	}
	handedOverWhole := []reflect.Type{reflect.TypeFor[configs.Limits](), reflect.TypeFor[configs.WeiboQuotas]()}
	var visit func(reflect.Type)
	visit = func(section reflect.Type) {
		for field := range section.Fields() {
			if !read[field.Name] {
				t.Errorf("nothing reads %s.%s", section.Name(), field.Name)
			}
			if field.Type.Kind() == reflect.Struct && !slices.Contains(handedOverWhole, field.Type) {
				visit(field.Type)
			}
		}
	}
	visit(reflect.TypeFor[configs.Config]())
}

// The documented values of Weibo stand in its connector; an operator sees them in the settings.
func TestTheSettingsOfWeiboAreThoseOfItsConnector(t *testing.T) {
	sameSettings(t, "weibo", reflect.ValueOf(configs.Default().Weibo), reflect.ValueOf(weibo.Defaults()))
}

func sameSettings(t *testing.T, section string, shown, used reflect.Value) {
	t.Helper()
	var names []string
	for field := range used.Type().Fields() {
		name := section + "." + field.Name
		mine, its := shown.FieldByName(field.Name), used.FieldByName(field.Name)
		if its.Kind() == reflect.Func {
			continue // handed over by the program, nothing an operator writes
		}
		names = append(names, field.Name)
		switch {
		case !mine.IsValid():
			t.Errorf("%s is not in the settings", name)
		case its.Kind() == reflect.Struct:
			sameSettings(t, name, mine, its)
		case its.Kind() == reflect.Slice:
			if mine.Len() != its.Len() {
				t.Errorf("%s is %v in the settings, %v in the connector", name, mine, its)
			}
		case !mine.Convert(its.Type()).Equal(its):
			t.Errorf("%s is %v in the settings, %v in the connector", name, mine, its)
		}
	}
	for field := range shown.Type().Fields() {
		if !slices.Contains(names, field.Name) {
			t.Errorf("the connector has no use for the setting %s.%s", section, field.Name)
		}
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)                    // a place in a page, not on the web
	fileName = regexp.MustCompile("`((?:[\\w.-]+/)*[\\w-]+\\.(?:go|yaml|ts|md))`") // in backquotes
)

// What a page names must be there, or the page is no longer true.
func TestThePagesNameOnlyFilesThatAreThere(t *testing.T) {
	for _, page := range []string{"README.md", "README.zh.md", "ARCHITECTURE.md", "GLOSSARY.md", "docs/deploy.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			}
		}
		if page != "ARCHITECTURE.md" {
			continue // the others name files of an installation, too
		}
		for _, found := range fileName.FindAllStringSubmatch(string(text), -1) {
			if !isThere(found[1]) {
				t.Errorf("%s names %s, which is not there", page, found[1])
			}
		}
	}
}

// isThere looks for a file from the top, or in any room.
func isThere(name string) bool {
	for _, pattern := range []string{name, "*/" + name, "*/*/" + name, "*/*/*/" + name} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return true
		}
	}
	return false
}
