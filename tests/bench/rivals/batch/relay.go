// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"
)

// runRelay delivers the outbox, in its order; one instance of all at a time does.
func runRelay(ctx context.Context, wake <-chan struct{}) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(*brokers), kgo.DefaultProduceTopic(*target), kgo.ProducerLinger(0))
	if err != nil {
		return err
	}
	defer client.Close()
	for ctx.Err() == nil {
		if err := relaySession(ctx, client, wake); err != nil && ctx.Err() == nil {
			slog.Warn("the relay begins again", "error", err)
			time.Sleep(time.Second)
		}
	}
	return nil
}

func relaySession(ctx context.Context, client *kgo.Client, wake <-chan struct{}) error {
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(2)`); err != nil {
		return err
	}
	tick := time.NewTicker(*poll)
	defer tick.Stop()
	for {
		sent, err := relayBlock(ctx, conn, client)
		if err != nil {
			return err
		}
		if sent > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-tick.C:
		}
	}
}

// relayBlock sends what waits, oldest first, and deletes it once the brokers have it.
func relayBlock(ctx context.Context, conn *pgx.Conn, client *kgo.Client) (int, error) {
	rows, _ := conn.Query(ctx, `SELECT id, type, sku, payload FROM outbox ORDER BY id LIMIT $1`, *block)
	var ids []int64
	var records []*kgo.Record
	var id int64
	var kind, sku string
	var payload []byte
	if _, err := pgx.ForEachRow(rows, []any{&id, &kind, &sku, &payload}, func() error {
		ids = append(ids, id)
		records = append(records, &kgo.Record{Key: []byte(sku), Value: payload, Headers: headers(id, kind, sku)})
		payload = nil // it belongs to the record now
		return nil
	}); err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return 0, err
	}
	_, err := conn.Exec(ctx, `DELETE FROM outbox WHERE id = ANY ($1)`, ids)
	return len(ids), err
}

func headers(id int64, kind, sku string) []kgo.RecordHeader {
	number := strconv.AppendInt(nil, id, 10)
	if !*cloudevents {
		return []kgo.RecordHeader{{Key: "id", Value: number}, {Key: "type", Value: []byte(kind)}}
	}
	return []kgo.RecordHeader{
		{Key: "ce_specversion", Value: []byte("1.0")},
		{Key: "ce_id", Value: number},
		{Key: "ce_source", Value: []byte("/stock/allocation")},
		{Key: "ce_type", Value: []byte("stock.allocation." + kind + ".v1")},
		{Key: "ce_time", Value: time.Now().UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z")},
		{Key: "ce_subject", Value: []byte(sku)},
		{Key: "ce_sequence", Value: number},
		{Key: "content-type", Value: []byte("application/json")},
	}
}
