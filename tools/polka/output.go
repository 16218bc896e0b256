package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// complain writes an error for people.
func complain(stderr io.Writer, name string, err error) {
	fmt.Fprintf(stderr, "polka %s: %s\n", name, plain(err))
}

// packagePrefix is what packages begin their errors with, wherever they are
// wrapped.
var packagePrefix = regexp.MustCompile(
	`(?m)(^|: )(?:(?:bft: unusable configuration|bft|cometbft|conform|consensus|engine|event|gen|modelcheck|node|spec|transport|wire): )+`)

// plain is the text of an error without the packages that it came through.
func plain(err error) string { return packagePrefix.ReplaceAllString(err.Error(), "$1") }

// writeJSON writes a document to a file, whole or not at all, or to stdout if
// the name is "-".
func writeJSON(name string, stdout io.Writer, v any) error {
	write := func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	if name == "-" {
		return write(stdout)
	}
	return writeTo(name, write)
}

// writeTo puts what write writes into a file.
func writeTo(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return writeFile(name, b.Bytes())
}

// writable says why a file cannot be put in place, before there is one.
func writable(name string) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".polka-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}

// writeFile puts a whole file in place or leaves what was there: a reader never
// sees half of it.
func writeFile(name string, content []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".polka-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing %s: %w", name, err), os.Remove(tmp.Name()))
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
