package consensus_test

import (
	"fmt"

	"github.com/polka-bft/polka/impl/consensus"
)

// Four validators of equal power; we are validator 3. A proposal, two prevotes
// and our own make a polka.
func ExampleMachine_Step() {
	validators, err := consensus.NewValidators(1, []int64{10, 10, 10, 10})
	if err != nil {
		panic(err)
	}
	m, err := consensus.New(consensus.Config{Validators: validators, Self: 3})
	if err != nil {
		panic(err)
	}
	step := func(in consensus.Input) {
		for _, out := range m.Step(in) {
			switch out.Kind {
			case consensus.RuleFired:
				fmt.Println(out.Rule, "on", out.Observation)
			case consensus.SendVote:
				fmt.Println("  send", out.Vote.Type, out.Vote.Value)
			case consensus.ScheduleTimeout:
				fmt.Println("  schedule", out.Timeout.Kind)
			}
		}
	}
	value := consensus.ValueID{0x3f, 0x2a}
	step(consensus.Input{Kind: consensus.Start})
	step(consensus.Input{Kind: consensus.ProposalInput, Valid: true, Proposal: consensus.Proposal{Height: 1, POLRound: -1, Value: value}})
	for _, from := range []int{0, 1, 3} {
		step(consensus.Input{Kind: consensus.VoteInput, Vote: consensus.Vote{Height: 1, Value: value, Validator: from}})
	}
	fmt.Println("locked on", m.State().LockedValue)
	// Output:
	// L20 on StartRound(proposer=other validValue=unset)
	//   schedule propose
	// L22If on proposal(step=propose proposal=valid pol=fresh lock=open polka=no once36=notYet)
	//   send prevote 3f2a00000000
	// L36If on proposal(step=prevote proposal=valid pol=fresh lock=open polka=yes once36=notYet)
	//   send precommit 3f2a00000000
	// locked on 3f2a00000000
}
