package quotient

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
)

// A Family is instances that differ only in who proposes when. What a process may
// do by itself is explored once for all of them, and kept for as many searches as
// there are instances. It is not kept longer, since for four rounds it is half a
// gigabyte: one more search explores it anew, for all of them. A Family is safe for
// concurrent use.
//
// What is said late (layers.go) is then what processes of any of the instances say
// late, which allows who lags a little more: on all instances tried, of two and three
// rounds, a search comes to as many states as one of the instance alone, by up to
// 3.7 % more transitions.
type Family struct {
	members []Config

	mu    sync.Mutex
	model *model // of no placement in particular; nil before and after
	left  int    // searches until the model is dropped
}

// Families puts instances into families. The result is by instance.
func Families(instances []Config) []*Family {
	known := map[kind]*Family{}
	families := make([]*Family, len(instances))
	for i, c := range instances {
		f := known[c.kind()]
		if f == nil {
			f = &Family{}
			known[c.kind()] = f
		}
		f.members = append(f.members, c)
		families[i] = f
	}
	return families
}

// A kind is what the instances of a family have in common.
type kind struct {
	dialect                           string
	validators, byzantine, rounds     int
	split, wholeIDs, habits, anyOrder bool
	rules                             *spec.Table
}

func (c *Config) kind() kind {
	return kind{c.Dialect, c.Validators, c.Byzantine, c.rounds(), c.Split, c.WholeIDs, c.Habits, c.AnyOrder, c.Rules}
}

// Check searches an instance of the family, as the function Check does. Locals and
// Classes of the result are of the process of all instances, and Prepared is 0 if
// it had been made for another search.
func (f *Family) Check(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	if !slices.ContainsFunc(f.members, func(m Config) bool { return m.kind() == c.kind() && slices.Equal(m.Proposers, c.Proposers) }) {
		return Result{Config: c}, fmt.Errorf("%w: %s is not of the family", ErrConfig, c.Name())
	}
	m, err := f.of(ctx, c)
	if err != nil {
		return Result{Config: c}, err
	}
	return m.search(ctx, o)
}

// of is the model of a member. The last one to ask takes what was prepared along.
func (f *Family) of(ctx context.Context, c Config) (*model, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.model == nil {
		m, err := f.prepare(ctx)
		if err != nil {
			return nil, err
		}
		f.model, f.left = m, len(f.members)
	}
	placed := *f.model
	placed.config, placed.given = c, c.given()
	f.model.prepared = 0
	if f.left--; f.left == 0 {
		f.model = nil
	}
	return &placed, nil
}

// prepare is the model of the first member, with a process that may have its part
// in any of them.
func (f *Family) prepare(ctx context.Context) (*model, error) {
	var roles []uint8
	for _, c := range f.members {
		if err := c.Validate(); err != nil {
			return nil, err
		}
		roles = append(roles, c.roles()...)
	}
	m, err := newModelOf(ctx, f.members[0], roles, false)
	if err != nil {
		return nil, err
	}
	return m.byLevels()
}
