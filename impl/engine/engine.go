package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

// Engine runs one node: a machine among its peers. It is made by [New] and run
// once, by [Engine.Run].
type Engine struct {
	cfg        Config
	log        *slog.Logger
	self       int
	validators *consensus.Validators
	position   *position
	transcript *transcript
	timers     *timers
	queue      chan item
	ran        chan struct{} // closed when Run begins
	done       chan struct{} // closed when Run ends
	begun      sync.Once

	group sync.WaitGroup
	stop  context.CancelCauseFunc // ends the run

	// The rest belongs to the machine's goroutine.
	machine *consensus.Machine
	signer  *Signer
	heard   *heard
	record  *recording
	pending []item // what we said ourselves and have not heard yet
	cancel  context.CancelFunc
}

// item is one entry of the queue: an input and what came with it.
type item struct {
	input     consensus.Input
	from      string // the peer that delivered it; empty for our own
	signer    int    // of a proposal
	signature wire.Signature
	payload   []byte          // of a proposal or new value
	reached   chan<- struct{} // of no input at all: closed when its turn comes
}

// New checks the configuration and makes an engine that waits for Run.
func New(cfg Config) (*Engine, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	powers := make([]int64, len(cfg.Validators))
	for i, v := range cfg.Validators {
		powers[i] = v.Power
	}
	validators, err := consensus.NewValidators(cfg.InitialHeight, powers)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, log: cfg.Logger, self: cfg.self(), validators: validators}
	e.machine, err = consensus.New(consensus.Config{Validators: validators, Self: e.self, Height: cfg.InitialHeight})
	if err != nil {
		return nil, err
	}
	e.position = newPosition(cfg.InitialHeight)
	e.transcript = newTranscript(cfg.MaxBacklog, cfg.CommitDelay, wire.Status{Height: cfg.InitialHeight})
	e.timers = newTimers()
	e.queue = make(chan item, cfg.QueueSize)
	e.ran, e.done = make(chan struct{}), make(chan struct{})
	e.signer = NewSigner(cfg.Key, cfg.ChainID)
	e.heard = newHeard()
	return e, nil
}

// Run runs the node until ctx ends or the node cannot go on, and returns why: the
// cause of ctx, or what the application, the recorder or the signer said. When it
// returns, all goroutines have ended and the connections are closed. An engine
// runs once.
func (e *Engine) Run(ctx context.Context) error {
	again := true
	e.begun.Do(func() { again = false })
	if again {
		return errors.New("engine: an engine runs once; make a new one")
	}
	defer close(e.done)
	ctx, e.stop = context.WithCancelCause(ctx)
	e.record = newRecording(e.cfg.Recorder, now())
	close(e.ran)
	for _, conn := range e.cfg.Peers {
		alive, stop := context.WithCancelCause(ctx)
		p := &peer{conn: conn, stop: stop}
		e.transcript.join(p, now())
		e.group.Go(func() { e.serve(alive, p, ctx.Done()) })
	}
	e.group.Go(func() {
		e.stop(e.timers.run(ctx, func(t consensus.Timeout) error {
			return e.enqueue(ctx, item{input: consensus.Input{Kind: consensus.TimeoutInput, Timeout: t}})
		}))
	})
	e.stop(e.loop(ctx))
	e.group.Wait()
	return context.Cause(ctx)
}

// Quiesce blocks until the machine has taken everything that was in its queue
// when Quiesce was called, and what it said itself because of it.
func (e *Engine) Quiesce(ctx context.Context) error {
	select {
	case <-e.ran:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	reached, ended := make(chan struct{}), errors.New("engine: the engine has ended")
	select {
	case e.queue <- item{reached: reached}:
	case <-e.done:
		return ended
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-reached:
		return nil
	case <-e.done:
		return ended
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Height is the height that the node works on: all before it are decided.
func (e *Engine) Height() int64 {
	h, _, _ := e.position.get()
	return h
}

// enqueue puts an input into the queue, waiting for room.
func (e *Engine) enqueue(ctx context.Context, it item) error {
	select {
	case e.queue <- it:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// loop is the machine's goroutine. It always returns an error. A machine that
// panics is broken and stops its node; the record up to there is what shows why,
// so whoever owns it gets the chance to complete it.
func (e *Engine) loop(ctx context.Context) (err error) {
	defer func() {
		if e.cancel != nil {
			e.cancel()
		}
		if broken := recover(); broken != nil {
			e.log.Error("the machine or its application panicked", slog.Any("panic", broken), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("engine: the machine or its application panicked, the record shows how it came to this: %v", broken)
		}
	}()
	if err := e.take(ctx, item{input: consensus.Input{Kind: consensus.Start}}); err != nil {
		return err
	}
	for {
		for len(e.pending) > 0 {
			it := e.pending[0]
			e.pending = e.pending[1:]
			if err := e.take(ctx, it); err != nil {
				return err
			}
		}
		select {
		case it := <-e.queue:
			if it.reached != nil {
				close(it.reached)
				continue
			}
			if err := e.take(ctx, it); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take gives the machine one input, records what comes of it and carries it out.
func (e *Engine) take(ctx context.Context, it item) error {
	if err := e.record.input(e.machine.State(), &it); err != nil {
		return fmt.Errorf("engine: the record of this run cannot be written: %w", err)
	}
	outputs := e.machine.Step(it.input)
	e.heard.remember(&it, outputs)
	for i := range outputs {
		if err := e.carryOut(ctx, &outputs[i]); err != nil {
			return err
		}
	}
	if s := e.machine.State(); e.position.set(s.Height, s.Round) {
		e.transcript.move(wire.Status{Height: s.Height, Round: s.Round})
	}
	return nil
}

// now is the only clock of the engine; it is a fake one under testing/synctest.
func now() time.Time {
	return time.Now() //nolint:forbidigo // time enters here, and reaches the machine as timeouts
}
