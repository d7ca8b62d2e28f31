// SPDX-License-Identifier: Apache-2.0

// A stock service by hand: up to a thousand commands of a poll are one transaction, with the position and the outbox.
package main

import (
	"context"
	_ "embed"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed schema.sql
var schema string

var (
	brokers     = flag.String("brokers", "127.0.0.1:9092", "")
	database    = flag.String("database", "", "a PostgreSQL URL")
	source      = flag.String("source", "stock_commands", "")
	target      = flag.String("target", "stock_events", "")
	group       = flag.String("group", "allocation", "")
	workers     = flag.Int("workers", 1, "members of the group")
	most        = flag.Int("most", 1000, "commands in a transaction")
	block       = flag.Int("block", 2000, "events that the relay sends at once")
	cloudevents = flag.Bool("cloudevents", false, "headers as CloudEvents has them, in place of two")
	poll        = flag.Duration("poll", 50*time.Millisecond, "of the relay, for what other instances committed")
)

func main() {
	flag.Parse()
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, fail := context.WithCancelCause(asked)
	if err := createSchema(ctx); err != nil {
		slog.Error("the schema", "error", err)
		os.Exit(1)
	}
	wake := make(chan struct{}, 1)
	parts := []func(context.Context) error{func(ctx context.Context) error { return runRelay(ctx, wake) }}
	for range *workers {
		parts = append(parts, func(ctx context.Context) error { return runWorker(ctx, wake) })
	}
	var running sync.WaitGroup
	for _, part := range parts {
		running.Go(func() {
			if err := part(ctx); err != nil {
				fail(err)
			}
		})
	}
	running.Wait()
	if asked.Err() == nil {
		// A supervisor restarts the process, which continues at the stored positions.
		slog.Error("the service stops because a part of it failed; restart it", "error", context.Cause(ctx))
		os.Exit(1)
	}
}

// connect opens a session that finds every row by an index, one search for each element of an array, and plans once.
func connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(*database)
	if err != nil {
		return nil, err
	}
	for _, setting := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"} {
		config.RuntimeParams[setting] = "off"
	}
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	return pgx.ConnectConfig(ctx, config)
}

func createSchema(ctx context.Context) error {
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, "SELECT pg_advisory_lock(1);"+schema)
	return err
}
