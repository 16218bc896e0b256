package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

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
