// Package wire is what nodes say to each other, as bytes: a frame is one
// [Message]. It also says which bytes a signature is over.
//
// All numbers are big-endian and of fixed size. A frame has exactly one
// spelling: what decodes, encodes to the same bytes. Lengths are checked before
// anything is kept, and decoding allocates nothing in proportion to what a frame
// claims.
package wire
