package modelcheck

import (
	"syscall"
	"unsafe"
)

// hugePages is Linux's MADV_HUGEPAGE, which package syscall does not name on all
// processors.
const hugePages = 14

// mapMemory gives at least as many zeroed bytes.
func mapMemory(size int) ([]byte, error) {
	const page = 2 << 20
	size = (size + page - 1) &^ (page - 1)
	room, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	_ = syscall.Madvise(room, hugePages) // small pages do as well
	return room, nil
}

func unmapMemory(room []byte) { _ = syscall.Munmap(room) }

// returnMemory drops the whole pages of a piece.
func returnMemory(piece []byte) {
	const page = 4 << 10
	lead := int(-uintptr(unsafe.Pointer(unsafe.SliceData(piece))) & (page - 1))
	if lead < len(piece) {
		if whole := piece[lead:]; len(whole) >= page {
			_ = syscall.Madvise(whole[:len(whole)&^(page-1)], syscall.MADV_DONTNEED)
		}
	}
}
