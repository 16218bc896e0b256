package gossip

import "github.com/polka-bft/polka/spec"

// What is sent. Of parts and votes any one of those that the peer is not
// believed to have.
const (
	SendPart            spec.Op = "SendPart"       // of those that we collect
	SendStoredPart      spec.Op = "SendStoredPart" // of the block of the peer's height
	SendNamedPart       spec.Op = "SendNamedPart"  // of either
	SendProposal        spec.Op = "SendProposal"
	SendPOL             spec.Op = "SendPOL"        // the bits of the prevotes of our proposal's POLRound
	SendCommit          spec.Op = "SendCommit"     // a precommit of the commit of the peer's height
	SendLastCommit      spec.Op = "SendLastCommit" // a precommit of the height before
	SendPOLPrevote      spec.Op = "SendPOLPrevote"
	SendPrevote         spec.Op = "SendPrevote"         // of the peer's round
	SendPrecommit       spec.Op = "SendPrecommit"       // of the peer's round
	SendLaterPrevote    spec.Op = "SendLaterPrevote"    // of our round
	SendLaterPrecommit  spec.Op = "SendLaterPrecommit"  // of our round
	SendQuery           spec.Op = "SendQuery"           // VoteSetMaj23
	SendAnswer          spec.Op = "SendAnswer"          // VoteSetBits
	SendStep            spec.Op = "SendStep"            // NewRoundStep, to this peer only
	SendBlock           spec.Op = "SendBlock"           // NewValidBlock, to this peer only, a commit if our step says so
	AnnounceStep        spec.Op = "AnnounceStep"        // NewRoundStep
	AnnounceBlock       spec.Op = "AnnounceBlock"       // NewValidBlock, a commit if our step says so
	AnnounceCommitBlock spec.Op = "AnnounceCommitBlock" // NewValidBlock of a commit
	AnnounceVote        spec.Op = "AnnounceVote"        // HasVote
	AnnouncePart        spec.Op = "AnnouncePart"        // HasProposalBlockPart
	StopPeer            spec.Op = "StopPeer"
)

// What changes in the belief.
const (
	NamePart           spec.Op = "NamePart"           // Header ← the stored one, Parts ← none
	AllocateVotes      spec.Op = "AllocateVotes"      // Prevotes, Precommits, CatchupCommit, POL, where they are nil
	AllocateLastCommit spec.Op = "AllocateLastCommit" // where it is nil
	KeepCatchup        spec.Op = "KeepCatchup"        // CatchupCommitRound ← the commit of the peer's height
	KeepDecided        spec.Op = "KeepDecided"        // CatchupCommitRound ← the peer's round
	KeepLater          spec.Op = "KeepLater"          // Later ← our round

	TakeStep         spec.Op = "TakeStep"         // Height, Round, Step
	ForgetProposal   spec.Op = "ForgetProposal"   // and Header, Parts, POLRound, POL
	ForgetVotes      spec.Op = "ForgetVotes"      // Prevotes, Precommits
	TakeCatchup      spec.Op = "TakeCatchup"      // Precommits ← CatchupCommit
	TakeLater        spec.Op = "TakeLater"        // Prevotes, Precommits ← those of Later; precommits are added to what is there
	KeepAsLastCommit spec.Op = "KeepAsLastCommit" // LastCommit ← Precommits
	ForgetLastCommit spec.Op = "ForgetLastCommit" // its round is taken
	ForgetCatchup    spec.Op = "ForgetCatchup"
	ForgetLater      spec.Op = "ForgetLater"
	TakeHeader       spec.Op = "TakeHeader" // Header, Parts ← those of the message
	TakeProposal     spec.Op = "TakeProposal"
	NameProposed     spec.Op = "NameProposed" // Header ← the proposal's, Parts ← none
	TakePOLRound     spec.Op = "TakePOLRound" // POL ← nil
	TakePOL          spec.Op = "TakePOL"      // POL ← the bits of the message
	AddPOL           spec.Op = "AddPOL"       // POL ← POL with them
	MarkPart         spec.Op = "MarkPart"
	MarkVote         spec.Op = "MarkVote"
	OverwriteBits    spec.Op = "OverwriteBits" // the array ← the bits of the message
	MergeBits        spec.Op = "MergeBits"     // the array ← the array without our votes for the block, with the bits
	MergeSince       spec.Op = "MergeSince"    // the same, but votes that were marked since the query stay
	AddBits          spec.Op = "AddBits"       // the array ← the array with the bits
	RecordClaim      spec.Op = "RecordClaim"
	NoteAsked        spec.Op = "NoteAsked"
	NoteSince        spec.Op = "NoteSince" // the vote is one that was marked after a query
	NoteAnswered     spec.Op = "NoteAnswered"
)

// Where votes are marked.
const (
	UsePrevotes        spec.Op = "UsePrevotes"
	UsePrecommits      spec.Op = "UsePrecommits"
	UseCatchup         spec.Op = "UseCatchup"
	UsePOL             spec.Op = "UsePOL"
	UseLastCommit      spec.Op = "UseLastCommit"
	UseLaterPrevotes   spec.Op = "UseLaterPrevotes"
	UseLaterPrecommits spec.Op = "UseLaterPrecommits"
)

// The calls of functions.
const (
	CallTryRound    spec.Op = "CallTryRound"
	CallLookup      spec.Op = "CallLookup"
	CallHasPart     spec.Op = "CallHasPart"
	CallHasProposal spec.Op = "CallHasProposal"
)

var pickCalls = map[spec.Op]*spec.Binding{CallTryRound: TryRound}

func updateCalls(lookup *spec.Binding) map[spec.Op]*spec.Binding {
	return map[spec.Op]*spec.Binding{CallLookup: lookup, CallHasPart: HasPart, CallHasProposal: HasProposal}
}
