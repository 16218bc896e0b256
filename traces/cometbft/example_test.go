package cometbft_test

import (
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/polka-bft/polka/traces/cometbft"
)

// A log is read record by record. This one is of a node that was killed in
// height 14: after the restart it repeats its steps and its own prevote.
func Example() {
	path := recorded("small-m038", "node0")
	genesis, _ := cometbft.GenesisBeside(path)
	g, err := cometbft.LoadGenesis(genesis)
	if err != nil {
		log.Fatal(err)
	}
	wal, err := cometbft.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer wal.Close()
	for {
		r, err := wal.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if r.Index < 375 || r.Index > 381 {
			continue
		}
		fmt.Println(&r)
		if r.Kind == cometbft.KindVote {
			voter := g.Validators[r.Vote.ValidatorIndex]
			fmt.Println("   signed:", cometbft.VerifyVote(g.ChainID, voter.PubKey, &r.Vote))
		}
	}
	if torn, ok := wal.Torn(); ok {
		fmt.Println(torn)
	}
	// Output:
	// #375 wal:98678 step 14/0 RoundStepPrevote
	// #376 wal:98724 Prevote 14/0 block 76E1F7B1 by validator 0, own
	//    signed: true
	// #377 wal:98941 Prevote 14/0 block 76E1F7B1 by validator 1, from 2a39ffd3
	//    signed: true
	// #378 wal:99202 timeout 14/0 step 3 after 3s
	// #379 wal:99236 step 14/0 RoundStepPropose
	// #380 wal:99282 step 14/0 RoundStepPrevote
	// #381 wal:99328 Prevote 14/0 block 76E1F7B1 by validator 0, own
	//    signed: true
}
