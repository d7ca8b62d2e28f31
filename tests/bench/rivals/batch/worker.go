// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"
)

const patience = 10 // tries of a transaction

var errFenced = errors.New("somebody else has moved a position")

type worker struct {
	conn   *pgx.Conn
	client *kgo.Client
}

func runWorker(ctx context.Context, wake chan<- struct{}) error {
	w := &worker{}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(*brokers),
		kgo.ConsumerGroup(*group),
		kgo.ConsumeTopics(*source),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.BlockRebalanceOnPoll(),
		kgo.AdjustFetchOffsetsFn(w.positions),
		kgo.AutoCommitMarks(), // a courtesy for tools that show the lag
	)
	if err != nil {
		return err
	}
	w.client = client
	defer client.CloseAllowingRebalance()
	defer func() {
		if w.conn != nil {
			w.conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for {
		fetches := client.PollRecords(ctx, *most)
		if ctx.Err() != nil {
			return nil
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			slog.Warn("fetching", "topic", topic, "partition", partition, "error", err)
		})
		if records := fetches.Records(); len(records) > 0 {
			if err := w.settle(ctx, records); err != nil {
				return err
			}
			client.MarkCommitRecords(records...)
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		client.AllowRebalance()
	}
}

// positions says where the partitions that this member was given go on: behind what is committed in the database.
func (w *worker) positions(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	for topic, partitions := range offsets {
		for partition := range partitions {
			var next int64
			// A new one begins at the start; the row must be there to be compared.
			err := conn.QueryRow(ctx, `INSERT INTO positions (topic, partition, next) VALUES ($1, $2, 0)
				ON CONFLICT (topic, partition) DO UPDATE SET next = positions.next RETURNING next`, topic, partition).Scan(&next)
			if err != nil {
				return nil, err
			}
			partitions[partition] = kgo.NewOffset().At(next)
		}
	}
	return offsets, nil
}

// settle applies the records in one transaction, and tries again after an error of the database.
func (w *worker) settle(ctx context.Context, records []*kgo.Record) error {
	var err error
	for try := range patience {
		if try > 0 {
			slog.Warn("a transaction is tried again", "error", err)
			time.Sleep(time.Duration(50<<try) * time.Millisecond)
		}
		if w.conn == nil || w.conn.IsClosed() {
			if w.conn, err = connect(ctx); err != nil {
				continue
			}
		}
		err = pgx.BeginFunc(ctx, w.conn, func(tx pgx.Tx) error { return newTurn(records).run(ctx, tx) })
		if err == nil || errors.Is(err, errFenced) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("given up: %w", err)
}
