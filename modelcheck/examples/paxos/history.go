package paxos

import "maps"

// History is what each client has asked for, and what came back.
type History [][]Operation

// Operation is a read or a write of the register.
type Operation struct {
	Write bool
	Value string // what is written, or what was read
	Done  bool
	// After says what was over when this began: of each other client that had
	// something done, how many operations.
	After map[int]int
}

// invoked notes that a client begins an operation.
func (h History) invoked(client int, write bool, value string) {
	after := map[int]int{}
	for other, operations := range h {
		done := 0
		for _, o := range operations {
			if o.Done {
				done++
			}
		}
		if other != client && done > 0 {
			after[other] = done
		}
	}
	h[client] = append(h[client], Operation{Write: write, Value: value, After: after})
}

// returned notes that the last operation of a client is over.
func (h History) returned(client int, read string) {
	last := &h[client][len(h[client])-1]
	last.Done = true
	if !last.Write {
		last.Value = read
	}
}

// Linearizable says whether there is an order of the operations, those that
// are done and perhaps some that are not, in which each comes after what was
// over when it began, and each read gives what was written last.
func (h History) Linearizable() bool { return h.extends(map[int]int{}, "") }

// extends says whether there is such an order of the rest, when so many
// operations of each client have been placed and the register has this value.
func (h History) extends(placed map[int]int, value string) bool {
	over := true
	for client, operations := range h {
		if placed[client] == len(operations) {
			continue
		}
		next := operations[placed[client]]
		over = over && !next.Done
		if !next.comesAfter(placed) || next.Done && !next.Write && next.Value != value {
			continue
		}
		then := value
		if next.Write {
			then = next.Value
		}
		more := maps.Clone(placed)
		more[client]++
		if h.extends(more, then) {
			return true
		}
	}
	return over
}

func (o Operation) comesAfter(placed map[int]int) bool {
	for client, done := range o.After {
		if placed[client] < done {
			return false
		}
	}
	return true
}
