// SPDX-License-Identifier: Apache-2.0

// Package domain allocates order lines to batches of stock: warehouse first, then the earliest ETA, a line on one batch.
package domain

import (
	"cmp"
	"slices"
)

type Line struct {
	OrderID string
	Qty     int64
}

type Batch struct {
	ID                   int64
	Ref                  string
	Purchased, Allocated int64
	ETA                  string // YYYY-MM-DD; empty: in the warehouse
	Created              int64  // the product's version when it was made
	New, Changed         bool
}

func (b *Batch) Available() int64 { return b.Purchased - b.Allocated }

// Holding is where a line is. Batch is nil when it is nowhere (any more).
type Holding struct {
	Batch   *Batch
	Seq     int64
	Stored  bool // the database has a row
	Changed bool
}

type Event struct {
	Type     string
	OrderID  string
	SKU      string
	Qty      int64
	BatchRef string
}

// Product is the aggregate. Whoever loads it adds the batches, and those holdings that the commands may touch.
type Product struct {
	ID      int64
	SKU     string
	Version int64 // 0: does not exist
	Stored  int64 // the version in the database
	Batches []*Batch
	Held    map[Line]*Holding
}

func NewProduct(sku string) *Product { return &Product{SKU: sku, Held: map[Line]*Holding{}} }

func (p *Product) Add(b *Batch) {
	at, _ := slices.BinarySearchFunc(p.Batches, b, func(x, y *Batch) int {
		return cmp.Or(cmp.Compare(x.ETA, y.ETA), cmp.Compare(x.Created, y.Created))
	})
	p.Batches = slices.Insert(p.Batches, at, b)
}

func (p *Product) Batch(ref string) *Batch {
	for _, b := range p.Batches {
		if b.Ref == ref {
			return b
		}
	}
	return nil
}

func (p *Product) ByID(id int64) *Batch {
	for _, b := range p.Batches {
		if b.ID == id {
			return b
		}
	}
	return nil
}

func (p *Product) CreateBatch(ref string, qty int64, eta string) {
	p.Version++
	p.Add(&Batch{Ref: ref, Purchased: qty, ETA: eta, Created: p.Version, New: true})
}

func (p *Product) Allocate(line Line, events []Event) []Event {
	held := p.Held[line]
	if held != nil && held.Batch != nil {
		return events
	}
	for _, b := range p.Batches {
		if b.Available() < line.Qty {
			continue
		}
		p.Version++
		b.Allocated += line.Qty
		b.Changed = true
		if held == nil {
			held = &Holding{}
			p.Held[line] = held
		}
		held.Batch, held.Seq, held.Changed = b, p.Version, true
		return append(events, Event{"Allocated", line.OrderID, p.SKU, line.Qty, b.Ref})
	}
	return append(events, Event{"OutOfStock", line.OrderID, p.SKU, line.Qty, ""})
}

func (p *Product) Deallocate(line Line, events []Event) []Event {
	held := p.Held[line]
	if held == nil || held.Batch == nil {
		return events
	}
	p.Version++
	return append(events, p.giveBack(line, held))
}

func (p *Product) giveBack(line Line, held *Holding) Event {
	b := held.Batch
	b.Allocated -= line.Qty
	b.Changed = true
	held.Batch, held.Changed = nil, true
	return Event{"Deallocated", line.OrderID, p.SKU, line.Qty, b.Ref}
}

// ChangeQuantity needs all lines of the batch in Held.
func (p *Product) ChangeQuantity(b *Batch, qty int64, events []Event) []Event {
	if b.Purchased == qty {
		return events
	}
	p.Version++
	b.Purchased, b.Changed = qty, true
	var homeless []Line
	for b.Available() < 0 {
		var last Line
		var lastHeld *Holding
		for line, held := range p.Held {
			if held.Batch == b && (lastHeld == nil || held.Seq > lastHeld.Seq) {
				last, lastHeld = line, held
			}
		}
		events = append(events, p.giveBack(last, lastHeld))
		homeless = append(homeless, last)
	}
	for _, line := range homeless {
		events = p.Allocate(line, events)
	}
	return events
}
