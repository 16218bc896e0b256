package cometbft

import "hash/crc32"

// intact reports whether b begins with a whole record: a possible length, a
// checksum that fits, a payload that decodes.
func intact(b []byte) bool {
	if len(b) <= headerSize || b[headerSize] != firstTag {
		return false
	}
	checksum, length := header(b)
	if length == 0 || length > maxPayload || int(length) > len(b)-headerSize {
		return false
	}
	payload := b[headerSize : headerSize+int(length)]
	if crc32.Checksum(payload, castagnoli) != checksum {
		return false
	}
	_, err := DecodePayload(payload)
	return err == nil
}

// foreign reports whether a file that begins with head is no WAL. Any whole
// record within head, at whatever offset, makes it one; so does a first record
// that could be one which was damaged or cut.
func foreign(head []byte) bool {
	if len(head) < headerSize { // a length has a zero byte, then 0x10 at most
		return len(head) > 4 && head[4] != 0 || len(head) > 5 && head[5] > maxPayload>>16
	}
	_, length := header(head)
	if length != 0 && length <= maxPayload && (len(head) == headerSize || head[headerSize] == firstTag) {
		return false
	}
	for i := range head {
		if intact(head[i:]) {
			return false
		}
	}
	return true
}

// trueLength looks for the record inside rest, which begins with a record that
// claims to be longer than rest: the length of a prefix of its payload that the
// checksum fits and that decodes. If there is one, the length field is wrong.
func trueLength(rest []byte) (length int, found bool) {
	checksum, _ := header(rest)
	payload := rest[headerSize:]
	sum := uint32(0)
	for i := range payload {
		sum = crc32.Update(sum, castagnoli, payload[i:i+1])
		if sum != checksum {
			continue
		}
		if _, err := DecodePayload(payload[:i+1]); err == nil {
			return i + 1, true
		}
	}
	return 0, false
}
