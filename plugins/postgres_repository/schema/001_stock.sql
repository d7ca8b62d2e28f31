-- SPDX-License-Identifier: Apache-2.0
-- Stock: products with their batches, and which order lines the batches serve.
--
-- Numbers inside, names outside: a row of another table names a product or a batch by its id, and people and messages by
-- sku, ref and orderid, which compare byte by byte. There are no foreign keys: `apply` counts every row that it changes,
-- which proves the same without locking the batch for each of its lines.

CREATE TABLE products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text COLLATE "C" NOT NULL CONSTRAINT products_sku UNIQUE,
    version bigint NOT NULL CHECK (version > 0)
) WITH (fillfactor = 50);

COMMENT ON TABLE products IS 'A row per SKU that a batch was ever made for.';
COMMENT ON COLUMN products.version IS 'How many operations have changed this product. Whoever changes it compares it.';

CREATE TABLE batches (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product integer NOT NULL,
    ref text COLLATE "C" NOT NULL CONSTRAINT batches_ref UNIQUE,
    purchased integer NOT NULL,
    allocated integer NOT NULL,
    eta date,
    created bigint NOT NULL,
    open boolean NOT NULL GENERATED ALWAYS AS (allocated < purchased) STORED,
    CONSTRAINT batches_sold CHECK (allocated BETWEEN 0 AND purchased)
) WITH (fillfactor = 50);

-- The order in which batches are chosen. On the generated column: with `allocated` in the predicate no update of a batch
-- could stay within its page.
CREATE INDEX batches_in_order ON batches (product, eta NULLS FIRST, created) WHERE open;
-- The others, for whoever asks for all batches of a product.
CREATE INDEX batches_full ON batches (product) WHERE NOT open;

COMMENT ON TABLE batches IS 'Stock that was bought together. What is available of it is purchased - allocated.';
COMMENT ON COLUMN batches.product IS 'products.id';
COMMENT ON COLUMN batches.eta IS 'When the ship comes; null: it is in the warehouse.';
COMMENT ON COLUMN batches.created IS 'The product''s version when the batch was made: among equal ETAs the lower goes first.';
COMMENT ON COLUMN batches.open IS 'Whether anything is available.';

CREATE TABLE allocations (
    number bigint NOT NULL,
    seq bigint NOT NULL,
    product integer NOT NULL,
    batch integer NOT NULL,
    qty integer NOT NULL CHECK (qty > 0),
    orderid text COLLATE "C" NOT NULL,
    CONSTRAINT allocations_line PRIMARY KEY (orderid, product, qty)
);

-- The newest lines of a batch that shrinks.
CREATE INDEX allocations_newest ON allocations (batch, seq);

COMMENT ON TABLE allocations IS 'A row per order line that a batch serves: a line is on one batch or on none.';
COMMENT ON COLUMN allocations.number IS 'Rises in the order of allocation, over all products of one turn and per product.';
COMMENT ON COLUMN allocations.seq IS 'The product''s version when the line was allocated: the highest of a batch leaves it first.';
COMMENT ON COLUMN allocations.product IS 'products.id';
COMMENT ON COLUMN allocations.batch IS 'batches.id';

-- Each apply takes one block of numbers, for its lines and for its outbox rows, once it has its products locked: so per
-- product the numbers follow the commits. A cache would break that.
CREATE SEQUENCE blocks AS bigint MINVALUE 65536 INCREMENT 65536 CACHE 1;

COMMENT ON SEQUENCE blocks IS 'Where the numbers of an apply begin; a block has 65536 of them.';
