// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"rival/domain"
)

// Rows are found from the arrays, one search in an index for each element, whatever the planner believes of a table that
// it last saw empty: `= ANY (ARRAY[x])` and LATERAL with LIMIT can be done in no other way.

// turn is what one transaction does: loads all products that its commands name, decides in memory, writes arrays.
type turn struct {
	records  []*kgo.Record
	commands []*domain.Command // nil: refused
	products map[string]*domain.Product
	byID     map[int64]*domain.Product
	owners   map[string]*domain.Product // of batches, by reference, as far as the commands name them
	events   []domain.Event
	refused  []refusal
}

type refusal struct {
	record *kgo.Record
	reason string
}

func newTurn(records []*kgo.Record) *turn {
	t := &turn{records: records, commands: make([]*domain.Command, len(records)), products: map[string]*domain.Product{},
		byID: map[int64]*domain.Product{}, owners: map[string]*domain.Product{}}
	for i, record := range records {
		command, err := domain.Decode(record.Value)
		if err != nil {
			t.refused = append(t.refused, refusal{record, err.Error()})
			continue
		}
		t.commands[i] = command
	}
	return t
}

func (t *turn) run(ctx context.Context, tx pgx.Tx) error {
	if err := t.load(ctx, tx); err != nil {
		return err
	}
	for i, command := range t.commands {
		if command == nil {
			continue
		}
		if err := t.decide(command); err != nil {
			t.refused = append(t.refused, refusal{t.records[i], err.Error()})
		}
	}
	if err := t.create(ctx, tx); err != nil {
		return err
	}
	return t.store(ctx, tx)
}

func (t *turn) decide(c *domain.Command) error {
	switch c.Type {
	case "CreateBatch":
		p := t.products[*c.SKU]
		if owner := t.owners[*c.Ref]; owner != nil && owner != p {
			return domain.Reject("Batch %s already exists for sku %s", *c.Ref, owner.SKU)
		} else if owner == nil {
			p.CreateBatch(*c.Ref, c.Quantity, c.Arrives)
			t.owners[*c.Ref] = p
		}
		return nil
	case "ChangeBatchQuantity":
		p := t.owners[*c.Ref]
		if p == nil {
			return domain.Reject("Unknown batch %s", *c.Ref)
		}
		t.events = p.ChangeQuantity(p.Batch(*c.Ref), c.Quantity, t.events)
		return nil
	}
	p := t.products[*c.SKU]
	if p.Version == 0 {
		return domain.Reject("Invalid sku %s", *c.SKU)
	}
	if c.Type == "Allocate" {
		t.events = p.Allocate(c.Line(), t.events)
	} else {
		t.events = p.Deallocate(c.Line(), t.events)
	}
	return nil
}

// ---- loading ----

func (t *turn) load(ctx context.Context, tx pgx.Tx) error {
	var refs, changed, skus, lineSKUs, orders []string
	var quantities []int64
	for _, c := range t.commands {
		if c == nil {
			continue
		}
		if c.Ref != nil && (c.Type == "CreateBatch" || c.Type == "ChangeBatchQuantity") {
			refs = append(refs, *c.Ref)
		}
		if c.Type == "ChangeBatchQuantity" {
			changed = append(changed, *c.Ref)
			continue
		}
		t.product(*c.SKU)
		if c.OrderID != nil && c.Type != "CreateBatch" {
			lineSKUs, orders, quantities = append(lineSKUs, *c.SKU), append(orders, *c.OrderID), append(quantities, c.Quantity)
		}
	}
	if len(refs) > 0 {
		rows, _ := tx.Query(ctx, `SELECT b.ref, p.sku FROM unnest($1::text[]) x (ref) JOIN batches b ON b.ref = ANY (ARRAY[x.ref])
			JOIN products p ON p.id = ANY (ARRAY[b.product])`, refs)
		var ref, sku string
		if _, err := pgx.ForEachRow(rows, []any{&ref, &sku}, func() error { t.owners[ref] = t.product(sku); return nil }); err != nil {
			return err
		}
	}
	for sku := range t.products {
		skus = append(skus, sku)
	}
	slices.Sort(skus) // everybody locks in this order
	batch := &pgx.Batch{}
	batch.Queue(`SELECT p.id, p.sku, p.version FROM unnest($1::text[]) WITH ORDINALITY x (sku, i)
	               JOIN products p ON p.sku = ANY (ARRAY[x.sku]) ORDER BY x.i FOR UPDATE OF p`, skus).Query(t.readProducts)
	batch.Queue(`SELECT b.product, b.id, b.ref, b.purchased, b.allocated, b.eta, b.created
	               FROM unnest($1::text[]) x (sku) JOIN products p ON p.sku = ANY (ARRAY[x.sku])
	               JOIN batches b ON b.product = ANY (ARRAY[p.id])`, skus).Query(t.readBatches)
	if len(orders) > 0 {
		batch.Queue(`SELECT a.product, a.orderid, a.qty, a.batch, a.seq
		               FROM unnest($1::text[], $2::text[], $3::int[]) x (sku, orderid, qty)
		               JOIN products p ON p.sku = ANY (ARRAY[x.sku]), LATERAL (SELECT * FROM allocations a
		                    WHERE a.orderid = x.orderid AND a.product = p.id AND a.qty = x.qty LIMIT 1) a`,
			lineSKUs, orders, quantities).Query(t.readLines)
	}
	if len(changed) > 0 {
		batch.Queue(`SELECT a.product, a.orderid, a.qty, a.batch, a.seq
		               FROM unnest($1::text[]) x (ref) JOIN batches b ON b.ref = ANY (ARRAY[x.ref])
		               JOIN allocations a ON a.batch = ANY (ARRAY[b.id])`, changed).Query(t.readLines)
	}
	return tx.SendBatch(ctx, batch).Close()
}

func (t *turn) product(sku string) *domain.Product {
	p := t.products[sku]
	if p == nil {
		p = domain.NewProduct(sku)
		t.products[sku] = p
	}
	return p
}

func (t *turn) readProducts(rows pgx.Rows) error {
	var id, version int64
	var sku string
	_, err := pgx.ForEachRow(rows, []any{&id, &sku, &version}, func() error {
		p := t.products[sku]
		p.ID, p.Version, p.Stored = id, version, version
		t.byID[id] = p
		return nil
	})
	return err
}

func (t *turn) readBatches(rows pgx.Rows) error {
	var product int64
	var b domain.Batch
	var eta *time.Time
	_, err := pgx.ForEachRow(rows, []any{&product, &b.ID, &b.Ref, &b.Purchased, &b.Allocated, &eta, &b.Created}, func() error {
		own := b
		if eta != nil {
			own.ETA = eta.Format(time.DateOnly)
		}
		t.byID[product].Add(&own)
		return nil
	})
	return err
}

func (t *turn) readLines(rows pgx.Rows) error {
	var product, batch, seq int64
	var line domain.Line
	_, err := pgx.ForEachRow(rows, []any{&product, &line.OrderID, &line.Qty, &batch, &seq}, func() error {
		p := t.byID[product]
		p.Held[line] = &domain.Holding{Batch: p.ByID(batch), Seq: seq, Stored: true}
		return nil
	})
	return err
}

// ---- writing ----

// create makes new products and batches, whose numbers the lines need.
func (t *turn) create(ctx context.Context, tx pgx.Tx) error {
	var skus, refs, etas []string
	var versions, owners, quantities, taken, created []int64
	for sku, p := range t.products {
		if p.Stored == 0 && p.Version > 0 {
			skus, versions = append(skus, sku), append(versions, p.Version)
		}
	}
	if len(skus) > 0 {
		rows, _ := tx.Query(ctx, `INSERT INTO products (sku, version) SELECT * FROM unnest($1::text[], $2::bigint[]) RETURNING id, sku`, skus, versions)
		var id int64
		var sku string
		if _, err := pgx.ForEachRow(rows, []any{&id, &sku}, func() error { t.products[sku].ID = id; return nil }); err != nil {
			return err
		}
	}
	for _, p := range t.products {
		for _, b := range p.Batches {
			if b.New {
				refs, owners, quantities = append(refs, b.Ref), append(owners, p.ID), append(quantities, b.Purchased)
				taken, created, etas = append(taken, b.Allocated), append(created, b.Created), append(etas, b.ETA)
			}
		}
	}
	if len(refs) == 0 {
		return nil
	}
	rows, _ := tx.Query(ctx, `INSERT INTO batches (product, ref, purchased, allocated, eta, created)
		SELECT product, ref, purchased, allocated, nullif(eta, '')::date, created
		  FROM unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::text[], $6::bigint[]) x (product, ref, purchased, allocated, eta, created)
		RETURNING id, ref`, owners, refs, quantities, taken, etas, created)
	var id int64
	var ref string
	_, err := pgx.ForEachRow(rows, []any{&id, &ref}, func() error {
		t.owners[ref].Batch(ref).ID = id
		return nil
	})
	return err
}

func (t *turn) store(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	t.storePositions(batch)
	t.storeProducts(batch)
	t.storeLines(batch)
	t.storeEvents(batch)
	for _, r := range t.refused {
		batch.Queue(`INSERT INTO dead_letters (partition, "offset", reason, payload) VALUES ($1, $2, $3, $4)`,
			r.record.Partition, r.record.Offset, r.reason, r.record.Value)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// storePositions moves them, each from just where this turn began: anything else means that another member was faster.
func (t *turn) storePositions(batch *pgx.Batch) {
	firsts, nexts := map[int32]int64{}, map[int32]int64{}
	for _, record := range t.records {
		if _, seen := firsts[record.Partition]; !seen {
			firsts[record.Partition] = record.Offset
		}
		nexts[record.Partition] = record.Offset + 1
	}
	for partition, first := range firsts {
		// Not equal, but at most: control records and compaction leave holes.
		batch.Queue(`UPDATE positions SET next = $4 WHERE topic = $1 AND partition = $2 AND next <= $3`,
			*source, partition, first, nexts[partition]).Query(func(rows pgx.Rows) error {
			rows.Close()
			if rows.Err() == nil && rows.CommandTag().RowsAffected() != 1 {
				return errFenced
			}
			return rows.Err()
		})
	}
}

func (t *turn) storeProducts(batch *pgx.Batch) {
	var products, versions, batches, purchased, allocated []int64
	for _, p := range t.byID {
		if p.Version == p.Stored {
			continue
		}
		products, versions = append(products, p.ID), append(versions, p.Version)
		for _, b := range p.Batches {
			if b.Changed && !b.New {
				batches, purchased, allocated = append(batches, b.ID), append(purchased, b.Purchased), append(allocated, b.Allocated)
			}
		}
	}
	if len(products) > 0 {
		batch.Queue(`UPDATE products p SET version = x.version FROM unnest($1::int[], $2::bigint[]) x (id, version) WHERE p.id = ANY (ARRAY[x.id])`, products, versions)
	}
	if len(batches) > 0 {
		batch.Queue(`UPDATE batches b SET purchased = x.purchased, allocated = x.allocated
		               FROM unnest($1::int[], $2::int[], $3::int[]) x (id, purchased, allocated) WHERE b.id = ANY (ARRAY[x.id])`, batches, purchased, allocated)
	}
}

func (t *turn) storeLines(batch *pgx.Batch) {
	var orders, goneOrders []string
	var products, quantities, places, seqs, goneProducts, goneQuantities []int64
	for _, p := range t.products {
		for line, held := range p.Held {
			if held.Changed && held.Stored {
				goneOrders, goneProducts, goneQuantities = append(goneOrders, line.OrderID), append(goneProducts, p.ID), append(goneQuantities, line.Qty)
			}
			if held.Changed && held.Batch != nil {
				orders, products, quantities = append(orders, line.OrderID), append(products, p.ID), append(quantities, line.Qty)
				places, seqs = append(places, held.Batch.ID), append(seqs, held.Seq)
			}
		}
	}
	if len(goneOrders) > 0 {
		batch.Queue(`DELETE FROM allocations a USING unnest($1::text[], $2::int[], $3::int[]) x (orderid, product, qty)
		              WHERE a.orderid = ANY (ARRAY[x.orderid]) AND a.product = x.product AND a.qty = x.qty`, goneOrders, goneProducts, goneQuantities)
	}
	if len(orders) > 0 {
		batch.Queue(`INSERT INTO allocations (orderid, product, qty, batch, seq)
		             SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::bigint[])`, orders, products, quantities, places, seqs)
	}
}

func (t *turn) storeEvents(batch *pgx.Batch) {
	if len(t.events) == 0 {
		return
	}
	types, skus, payloads := make([]string, len(t.events)), make([]string, len(t.events)), make([][]byte, len(t.events))
	for i := range t.events {
		types[i], skus[i], payloads[i] = t.events[i].Type, t.events[i].SKU, t.events[i].Payload()
	}
	batch.Queue(`INSERT INTO outbox (type, sku, payload) SELECT x.type, x.sku, x.payload
	               FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY x (type, sku, payload, i) ORDER BY x.i`, types, skus, payloads)
}
