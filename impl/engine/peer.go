package engine

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport"
	"github.com/polka-bft/polka/impl/transport/wire"
)

// ErrMisbehaved is in the error of a peer that sent what no correct node sends.
var ErrMisbehaved = errors.New("engine: the peer misbehaved")

// peer is a connected node.
type peer struct {
	conn transport.Conn
	stop context.CancelCauseFunc // disconnects
	progress
}

// serve sends to and receives from a peer, which has joined the transcript, until
// ctx is cancelled, which p.stop does, or one of the two fails. A peer that is
// lost when the whole engine is ending is not worth a word.
func (e *Engine) serve(ctx context.Context, p *peer, ending <-chan struct{}) {
	defer e.transcript.leave(p)
	conn := p.conn
	var both sync.WaitGroup
	both.Go(func() { p.stop(e.send(ctx, p)) })
	both.Go(func() { p.stop(e.receive(ctx, p)) })
	<-ctx.Done()
	if err := conn.Close(); err != nil {
		e.log.Warn("closing a connection failed", slog.String("peer", conn.Peer()), slog.Any("error", err))
	}
	both.Wait()
	select {
	case <-ending:
		return
	default:
	}
	switch why := context.Cause(ctx); {
	case errors.Is(why, transport.ErrClosed):
		e.log.Info("peer closed the connection", slog.String("peer", conn.Peer()))
	default:
		e.log.Warn("peer disconnected", slog.String("peer", conn.Peer()), slog.Any("reason", why))
	}
}

// send sends what the peer needs, one frame after the other, and always returns
// an error.
func (e *Engine) send(ctx context.Context, p *peer) error {
	for {
		frame, what, wait, changed := e.transcript.next(p, now())
		if what == nothing {
			if err := await(ctx, changed, wait); err != nil {
				return err
			}
			continue
		}
		if err := p.conn.Send(ctx, frame); err != nil {
			return err
		}
		e.transcript.sent(p, what)
	}
}

// await waits for a change or, if wait is not 0, so long.
func await(ctx context.Context, changed <-chan struct{}, wait time.Duration) error {
	var due <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-changed:
	case <-due:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// receive takes what the peer sends, and always returns an error.
func (e *Engine) receive(ctx context.Context, p *peer) error {
	for {
		frame, err := p.conn.Receive(ctx)
		if err != nil {
			return err
		}
		m, err := wire.Decode(frame, e.cfg.MaxValue)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMisbehaved, err)
		}
		if m.Kind == wire.StatusKind {
			e.transcript.heard(p, m.Status, now())
			continue
		}
		it, err := e.admit(ctx, &m)
		if err != nil {
			return err
		}
		if it == nil {
			continue
		}
		it.from = p.conn.Peer()
		if err := e.enqueue(ctx, *it); err != nil {
			return err
		}
	}
}

// admit makes an input of a message once the machine can take it. It returns nil
// for a message of a height that is decided.
func (e *Engine) admit(ctx context.Context, m *wire.Message) (*item, error) {
	height, round := m.Vote.Height, m.Vote.Round
	if m.Kind == wire.ProposalKind {
		height, round = m.Proposal.Height, m.Proposal.Round
	}
	if height < e.cfg.InitialHeight {
		return nil, fmt.Errorf("%w: it sent a message of height %d, and the chain begins at %d", ErrMisbehaved, height, e.cfg.InitialHeight)
	}
	if ok, err := e.position.await(ctx, height, round); !ok {
		return nil, err
	}
	if m.Kind == wire.VoteKind {
		return e.admitVote(&m.Vote)
	}
	return e.admitProposal(&m.Proposal)
}

func (e *Engine) admitVote(v *wire.Vote) (*item, error) {
	if v.Validator >= len(e.cfg.Validators) {
		return nil, fmt.Errorf("%w: it sent a vote of validator %d, and there are %d", ErrMisbehaved, v.Validator, len(e.cfg.Validators))
	}
	signed := wire.AppendVoteSignBytes(nil, e.cfg.ChainID, v.Vote)
	if !ed25519.Verify(e.cfg.Validators[v.Validator].PubKey, signed, v.Signature[:]) {
		return nil, fmt.Errorf("%w: the signature of a %v of validator %d at height %d, round %d is wrong",
			ErrMisbehaved, v.Type, v.Validator, v.Height, v.Round)
	}
	return &item{
		input:     consensus.Input{Kind: consensus.VoteInput, Vote: v.Vote},
		signature: v.Signature,
	}, nil
}

func (e *Engine) admitProposal(p *wire.Proposal) (*item, error) {
	if want := e.validators.Proposer(p.Height, p.Round); p.Signer != want {
		return nil, fmt.Errorf("%w: it sent a proposal of validator %d at height %d, round %d, whose proposer is validator %d",
			ErrMisbehaved, p.Signer, p.Height, p.Round, want)
	}
	signed := wire.AppendProposalSignBytes(nil, e.cfg.ChainID, p.Proposal)
	if !ed25519.Verify(e.cfg.Validators[p.Signer].PubKey, signed, p.Signature[:]) {
		return nil, fmt.Errorf("%w: the signature of a proposal of validator %d at height %d, round %d is wrong",
			ErrMisbehaved, p.Signer, p.Height, p.Round)
	}
	return &item{
		input: consensus.Input{
			Kind: consensus.ProposalInput, Proposal: p.Proposal,
			Valid: e.cfg.Application.Valid(p.Height, p.Payload),
		},
		signature: p.Signature, signer: p.Signer, payload: p.Payload,
	}, nil
}
