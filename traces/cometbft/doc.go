// Package cometbft reads the write-ahead logs (cs.wal) of CometBFT and
// Tendermint consensus, as recorded by a production node.
//
// [Open] finds the files of a log in a folder, a node's home or a pack and
// gives a [Log]; [Log.Next] gives its records, oldest first, until io.EOF. One
// decoder reads the records of v0.3x (tendermint.*) and of v1 (cometbft.*):
// their field numbers are the same.
//
// # A record on disk
//
//	checksum  4 bytes, big endian, CRC-32C of the payload
//	length    4 bytes, big endian, of the payload, at most 1 MiB + 24
//	payload   a TimedWALMessage in protobuf
//
// A record never straddles two files. The checksum covers the payload only;
// the length is covered because a wrong one makes the checksum wrong.
//
// # Damage
//
// A record cut short at the end of the last file is a torn tail: the node died
// while it wrote. It is not damage to what was logged: Next gives io.EOF and
// [Log.Torn] says what is missing. Everything else is a [*CorruptError]: a
// record cut short in an earlier file, a wrong checksum, an impossible length,
// a payload that does not decode.
//
// A flipped bit in a length field can make a whole record look cut short. It
// is told apart so: if the bytes that are there contain a prefix which the
// stored checksum fits and which decodes, then it is the length that is wrong,
// and Next gives a CorruptError. A record that was really cut passes that test
// by chance once in four thousand million per byte left. What stays
// undecidable is damage in two places of the last record.
//
// # Beside the log
//
// [LoadGenesis] and [LoadValidators] read who may vote; [VerifyVote] and
// [VerifyProposal] check signatures; [PartSet] and [DecodeBlock] put a block
// together from its parts. [Writer] and [AppendPayload] go the other way, so
// that a test can change one vote of a real log.
//
// The package exports more than forty names because the format has that many
// nouns; nine of them are constants.
package cometbft
