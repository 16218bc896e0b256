package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is a flag such as 512MiB, 2G or 1000000: a number of bytes.
type byteSize int64

// String is the number of bytes.
func (b *byteSize) String() string { return strconv.FormatInt(int64(*b), 10) }

// Set reads a whole number, with K, M, G or T for powers of 1024; "B" and "iB"
// may follow these.
func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTkmgtiB")
	unit := strings.ToUpper(s[len(digits):])
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")
	shift := map[string]uint{"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
	by, known := shift[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || n < 0 || n > math.MaxInt64>>by {
		return fmt.Errorf("want a size such as 512MiB or 4G")
	}
	*b = byteSize(n << by)
	return nil
}
