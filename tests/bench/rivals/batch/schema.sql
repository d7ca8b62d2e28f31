-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE IF NOT EXISTS products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS batches (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product integer NOT NULL,
    ref text COLLATE "C" NOT NULL UNIQUE,
    purchased integer NOT NULL,
    allocated integer NOT NULL,
    eta date,
    created bigint NOT NULL,
    CHECK (allocated BETWEEN 0 AND purchased)
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS batches_product ON batches (product);

CREATE TABLE IF NOT EXISTS allocations (
    orderid text COLLATE "C" NOT NULL,
    product integer NOT NULL,
    qty integer NOT NULL,
    batch integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (orderid, product, qty)
);
CREATE INDEX IF NOT EXISTS allocations_batch ON allocations (batch, seq);

CREATE TABLE IF NOT EXISTS positions (
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 10);

CREATE TABLE IF NOT EXISTS outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type text NOT NULL,
    sku text NOT NULL,
    payload bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE IF NOT EXISTS dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    payload bytea NOT NULL
);
