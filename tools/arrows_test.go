// Package tools_test holds the test of what may import what in the whole tree:
// the arrows of docs/architecture.md.
package tools_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/polka-bft/polka"

// An arrow says what the files of some folders may not import.
type arrow struct {
	rule    string
	from    func(folder string) bool
	tests   bool // whether test files must obey too
	forbids func(path string) bool
}

var arrows = []arrow{
	{
		rule: "spec imports the standard library only", from: in("spec"),
		forbids: func(p string) bool { return !standard(p) },
	},
	{
		rule: "spec/… imports spec and the standard library only", from: below("spec"),
		forbids: func(p string) bool { return !standard(p) && !within(p, module+"/spec") },
	},
	{
		rule: "the specification has no clock, chance or log", from: tree("spec"),
		forbids: func(p string) bool {
			return within(p, "time") || within(p, "math/rand") || within(p, "crypto/rand") || within(p, "log")
		},
	},
	{
		rule: "impl stands on its generated table alone", from: tree("impl"),
		forbids: func(p string) bool {
			return ours(p, "spec") || ours(p, "modelcheck") || ours(p, "gen") || ours(p, "tools")
		},
	},
	{
		rule:    "the pure machines know each other and nothing else of ours",
		from:    func(folder string) bool { return tree("impl/consensus")(folder) || tree("impl/gossip")(folder) },
		forbids: func(p string) bool { return within(p, module) && !ours(p, "impl/consensus") && !ours(p, "impl/gossip") },
	},
	{
		rule: "gen reads the specification and nothing else of ours", from: tree("gen"),
		forbids: func(p string) bool { return within(p, module) && !ours(p, "spec") && !ours(p, "gen") },
	},
	{
		rule: "the generator is the only one that writes Go with jennifer", tests: true,
		from:    func(folder string) bool { return !tree("gen")(folder) && !tree("tools")(folder) },
		forbids: func(p string) bool { return within(p, "github.com/dave/jennifer") },
	},
	{
		rule: "nothing imports tools", tests: true,
		from:    func(folder string) bool { return !tree("tools")(folder) },
		forbids: func(p string) bool { return ours(p, "tools") },
	},
	{
		rule: "modelcheck checks any model: standard library only", from: in("modelcheck"),
		forbids: func(p string) bool { return !standard(p) },
	},
	{
		rule: "modelcheck/refine alone holds an implementation against the rules", tests: true,
		from:    func(folder string) bool { return tree("modelcheck")(folder) && !tree("modelcheck/refine")(folder) },
		forbids: func(p string) bool { return ours(p, "impl") },
	},
	{
		rule: "modelcheck/refine knows the pure machine of impl and nothing else of it", from: tree("modelcheck/refine"),
		forbids: func(p string) bool { return ours(p, "impl") && !ours(p, "impl/consensus") },
	},
	{
		rule: "traces/event imports the standard library only", from: tree("traces/event"),
		forbids: func(p string) bool { return !standard(p) },
	},
}

func in(folder string) func(string) bool { return func(f string) bool { return f == folder } }

func below(folder string) func(string) bool {
	return func(f string) bool { return strings.HasPrefix(f, folder+"/") }
}

func tree(folder string) func(string) bool {
	return func(f string) bool { return within(f, folder) }
}

// within reports whether the path is the prefix or lies below it.
func within(p, prefix string) bool { return p == prefix || strings.HasPrefix(p, prefix+"/") }

func ours(p, folder string) bool { return within(p, module+"/"+folder) }

// standard reports whether the path is of the standard library: the first
// element of all others is a host name.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

// brokenArrows reads the imports of every Go file and describes those that an
// arrow forbids. It returns how many files it read.
func brokenArrows(files fs.FS) (broken []string, read int, err error) {
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			for _, a := range arrows {
				if a.from(path.Dir(name)) && (a.tests || !strings.HasSuffix(name, "_test.go")) && a.forbids(imported) {
					broken = append(broken, fmt.Sprintf("%s: package %s imports %s, but %s", name, path.Dir(name), imported, a.rule))
				}
			}
		}
		return nil
	})
	return broken, read, err
}

func TestArrows(t *testing.T) {
	broken, read, err := brokenArrows(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if read < 20 {
		t.Errorf("files read: got %d, want the whole tree", read)
	}
	for _, b := range broken {
		t.Error(b)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Errorf("go.mod: got another module than %s, which the arrows speak of", module)
	}
}

// Every arrow is broken by one file of an artificial tree, and only there.
func TestArrowsCanBreak(t *testing.T) {
	tests := []struct{ file, imports, want string }{
		{"spec/a.go", module + "/impl/consensus", "package spec imports " + module + "/impl/consensus, but spec imports the standard library only"},
		{"spec/a.go", "pgregory.net/rapid", "package spec imports pgregory.net/rapid, but spec imports the standard library only"},
		{"spec/a.go", "time", "package spec imports time, but the specification has no clock"},
		{"spec/a.go", "math/rand/v2", "package spec imports math/rand/v2, but the specification has no clock"},
		{"spec/a.go", "math/bits", ""},
		{"spec/a_test.go", "pgregory.net/rapid", ""},
		{"spec/consensus/a.go", "log/slog", "package spec/consensus imports log/slog, but the specification has no clock"},
		{"spec/consensus/a.go", module + "/spec", ""},
		{"spec/consensus/a.go", module + "/specious", "but spec/… imports spec and the standard library only"},
		{"impl/gossip/a.go", module + "/spec/gossip", "package impl/gossip imports " + module + "/spec/gossip, but impl stands on"},
		{"impl/a.go", module + "/modelcheck", "but impl stands on"},
		{"impl/a.go", module + "/gen", "but impl stands on"},
		{"impl/a.go", module + "/tools/polka", "but impl stands on its generated table alone"},
		{"impl/a_test.go", module + "/spec", ""},
		{"impl/a_test.go", module + "/tools/polka", "but nothing imports tools"},
		{"impl/engine/a.go", "time", ""},
		{"modelcheck/a.go", module + "/spec", "package modelcheck imports " + module + "/spec, but modelcheck checks any model"},
		{"modelcheck/bft/a.go", module + "/spec", ""},
		{"modelcheck/bft/a.go", module + "/impl/consensus", "but modelcheck/refine alone holds an implementation against the rules"},
		{"modelcheck/delivery/a_test.go", module + "/impl/consensus", "but modelcheck/refine alone holds an implementation against the rules"},
		{"modelcheck/refine/a.go", module + "/impl/consensus", ""},
		{"modelcheck/refine/a.go", module + "/impl/engine", "but modelcheck/refine knows the pure machine of impl and nothing else of it"},
		{"modelcheck/a_test.go", "github.com/dave/jennifer/jen", "but the generator is the only one"},
		{"impl/consensus/a.go", module + "/impl/engine", "but the pure machines know each other and nothing else of ours"},
		{"impl/gossip/a.go", module + "/impl/consensus", ""},
		{"gen/a.go", module + "/modelcheck", "but gen reads the specification"},
		{"gen/a.go", module + "/spec/consensus", ""},
		{"gen/a.go", "github.com/dave/jennifer/jen", ""},
		{"traces/event/a.go", module + "/impl/consensus", "package traces/event imports " + module + "/impl/consensus, but traces/event"},
		{"traces/event/testdata/a.go", module + "/impl/consensus", ""},
	}
	for _, tt := range tests {
		t.Run(tt.file+" imports "+tt.imports, func(t *testing.T) {
			text := fmt.Sprintf("package a\n\nimport %q\n", tt.imports)
			broken, _, err := brokenArrows(fstest.MapFS{tt.file: {Data: []byte(text)}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(broken) > 0 {
				t.Errorf("broken arrows: got %q, want none", broken)
			}
			if tt.want != "" && !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, tt.want) }) {
				t.Errorf("broken arrows: got %q, want one that says %q", broken, tt.want)
			}
		})
	}
	if _, _, err := brokenArrows(fstest.MapFS{"a.go": {Data: []byte("no Go")}}); err == nil {
		t.Error("a file that is no Go: got no error")
	}
}
