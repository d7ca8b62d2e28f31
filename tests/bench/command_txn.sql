-- A command the way a service does it that has no gateway: a transaction each, a round trip for each statement.
\set product random(1, :products)
\set qty random(1, 3)
\set order random(1, 2000000000)
BEGIN;
SELECT version FROM products WHERE id = :product FOR UPDATE \gset
SELECT id AS batch FROM batches WHERE product = :product AND open AND purchased - allocated >= :qty ORDER BY eta NULLS FIRST, created LIMIT 1 \gset
UPDATE products SET version = version + 1 WHERE id = :product;
UPDATE batches SET allocated = allocated + :qty WHERE id = :batch;
INSERT INTO allocations (number, seq, product, batch, qty, orderid) VALUES (:order, :version, :product, :batch, :qty, 'US-' || :order);
INSERT INTO outbox_blocks (destination, number, stamp, created_at, count, counters, events) VALUES ('events', nextval('blocks'), 0, now(), 1, '{}', '{"event":1,"type":"Allocated","sku":"FUR-BO-10001798","id":"event-' || :order || '","payload":{"orderid":"US-2024-100001","sku":"FUR-BO-10001798","qty":2,"batchref":"batch-FUR-BO-10001798-1"}}');
COMMIT;
