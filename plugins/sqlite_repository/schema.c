/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema: SQL that a person can read with the sqlite3 shell, and that itself forbids invalid states: a batch that holds
 * more than was purchased, a line that is held twice.
 *
 * Tables are STRICT; those with a text key have no rowid, so that one search finds a row. Identifiers compare byte by
 * byte (BINARY). user_version has the version, application_id the owner.
 */
#include "schema.h"

#include <gangway/sdk/event_line.h>

#include <stdio.h>

enum { APPLICATION_ID = 0x47574159 }; /* "GWAY" */

/*
 * batches.open repeats allocated < purchased, so that the index on it changes only when a batch fills or empties, and
 * not with every line.
 *
 * The lines of a batch are a list, newest first: batches.newest, then allocations.older. An index on (ref, seq) would
 * give the same answers, but each line would write the page of its batch there. With a thousand products in a turn that
 * is one page per line, and four fifths of the total time. Numbers rise over all products, so both indexes on
 * allocations grow at their end.
 */
static const char version_1[] =
    "CREATE TABLE products ("
    "  sku TEXT NOT NULL PRIMARY KEY,"
    "  version INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE batches ("
    "  ref TEXT NOT NULL PRIMARY KEY,"
    "  sku TEXT NOT NULL,"
    "  purchased INTEGER NOT NULL CHECK (purchased <= 2147483647),"
    "  allocated INTEGER NOT NULL,"
    "  open INTEGER NOT NULL,"
    "  eta TEXT CHECK (eta IS date(eta, '+0 days'))," /* NULL: in the warehouse */
    "  created INTEGER NOT NULL,"                     /* the version of the product */
    "  newest INTEGER NOT NULL DEFAULT 0,"            /* the number of its newest line, 0: none */
    "  CONSTRAINT batches_sold CHECK (allocated BETWEEN 0 AND purchased),"
    "  CONSTRAINT batches_open CHECK (open = (allocated < purchased))"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX batches_in_order ON batches (sku, open, eta, created);"

    "CREATE TABLE allocations ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  orderid TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  qty INTEGER NOT NULL,"
    "  ref TEXT NOT NULL,"
    "  seq INTEGER NOT NULL,"   /* the version of the product */
    "  older INTEGER NOT NULL," /* the number of the next older line of the batch, 0: none */
    "  UNIQUE (orderid, sku, qty)"
    ") STRICT;"
    "CREATE UNIQUE INDEX allocations_older ON allocations (older) WHERE older > 0;"

    "CREATE TABLE positions ("
    "  source TEXT NOT NULL PRIMARY KEY,"
    "  next INTEGER NOT NULL,"
    "  mark INTEGER"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE inbox ("
    "  id BLOB NOT NULL PRIMARY KEY,"
    "  fingerprint BLOB NOT NULL,"
    "  outcome INTEGER NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  received_unix_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX inbox_received ON inbox (received_unix_ms);"

    "CREATE TABLE outbox ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  destination TEXT NOT NULL,"
    "  recipient TEXT NOT NULL,"
    "  id TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  payload TEXT NOT NULL,"
    "  headers TEXT NOT NULL,"
    "  created_unix_ms INTEGER NOT NULL,"
    "  due_unix_ms INTEGER NOT NULL DEFAULT 0,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT"
    ") STRICT;"
    "CREATE INDEX outbox_destination ON outbox (destination);"
    "CREATE INDEX outbox_later ON outbox (destination, due_unix_ms) WHERE due_unix_ms > 0;"

    "CREATE TABLE dead_letters ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  kind INTEGER NOT NULL," /* 1: a command, 2: a delivery */
    "  replays INTEGER NOT NULL DEFAULT 0,"
    "  unix_ms INTEGER NOT NULL,"
    "  entrypoint TEXT NOT NULL," /* of a delivery: its destination */
    "  source TEXT NOT NULL,"
    "  \"offset\" INTEGER NOT NULL,"
    "  line INTEGER NOT NULL,"
    "  identity TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  key BLOB NOT NULL,"
    "  headers BLOB NOT NULL,"
    "  payload BLOB NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  full_len INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  flags INTEGER NOT NULL,"
    "  recipient TEXT NOT NULL"
    ") STRICT;"

    /* Numbers that are never used again, even if the row was deleted. */
    "CREATE TABLE counters ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  next INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO counters VALUES ('outbox', 1), ('allocations', 1);";

/*
 * Rows that are older than a column get the value that the port defines: stamp 0. Before this version, the sequence of
 * an event was the number of its row: waiting rows keep it, and the event counters begin above all of them. An outbox
 * row was queued when its event happened, unless event_unix_ms says otherwise. An older message id counts as stored
 * now, at running time 0, so that it is kept for the whole of inbox.keep.
 */
static const char version_2[] =
    "ALTER TABLE products ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE products ADD COLUMN events INTEGER NOT NULL DEFAULT 0;" /* the event counter */

    "ALTER TABLE outbox ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN event_unix_ms INTEGER;" /* NULL: created_unix_ms */
    "UPDATE products SET events = (SELECT next FROM counters WHERE name = 'outbox');"
    "UPDATE outbox SET sequence = number;"

    "ALTER TABLE dead_letters ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dead_letters ADD COLUMN event_unix_ms INTEGER;" /* of a delivery; NULL: unknown, use unix_ms */

    /* The running time: how many milliseconds gateways have run on this database. */
    "CREATE TABLE running_time ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  ms INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO running_time VALUES (1, 0);"

    "ALTER TABLE inbox ADD COLUMN running_ms INTEGER NOT NULL DEFAULT 0;" /* when the id was stored */
    "DROP INDEX inbox_received;"
    "CREATE INDEX inbox_running ON inbox (running_ms);";

/* What a notifier sends: its relay turns each outbox row into a notice per recipient. An older outbox row that names a
 * recipient becomes a notice for that one, so nothing has to be moved here. */
static const char version_3[] =
    "CREATE TABLE notices ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  stamp INTEGER NOT NULL,"
    "  destination TEXT NOT NULL,"
    "  recipient TEXT NOT NULL,"
    "  event_id TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  payload TEXT NOT NULL,"
    "  headers TEXT NOT NULL,"
    "  sequence INTEGER NOT NULL,"
    "  event_unix_ms INTEGER NOT NULL,"
    "  queued_unix_ms INTEGER NOT NULL,"
    "  due_unix_ms INTEGER NOT NULL DEFAULT 0,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  group_key TEXT NOT NULL,"
    "  is_open INTEGER NOT NULL," /* 1: events of its group key still join it */
    "  count INTEGER NOT NULL DEFAULT 1,"
    "  further TEXT NOT NULL DEFAULT ''," /* the events that joined and are listed: a line each */
    "  last_error TEXT"
    ") STRICT;"
    "CREATE UNIQUE INDEX notices_open ON notices (destination, recipient, group_key) WHERE is_open = 1;"
    "CREATE INDEX notices_destination ON notices (destination);"
    "CREATE INDEX notices_later ON notices (destination, due_unix_ms) WHERE due_unix_ms > 0;"
    "INSERT INTO counters VALUES ('notices', 1);";

/* The history: notices that were sent, without what was in them. */
static const char version_4[] =
    "CREATE TABLE sent_notices ("
    "  sent_unix_ms INTEGER NOT NULL,"
    "  number INTEGER NOT NULL," /* the number that the notice had */
    "  destination TEXT NOT NULL,"
    "  recipient TEXT NOT NULL,"
    "  event_id TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  sku TEXT NOT NULL,"
    "  event_unix_ms INTEGER NOT NULL,"
    "  group_key TEXT NOT NULL,"
    "  answer TEXT NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  PRIMARY KEY (sent_unix_ms, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX sent_notices_recipient ON sent_notices (recipient, sent_unix_ms, number);"
    "CREATE INDEX sent_notices_group ON sent_notices (destination, recipient, group_key, sent_unix_ms)"
    "  WHERE group_key <> '';"
    "ALTER TABLE notices ADD COLUMN repeat_ms INTEGER NOT NULL DEFAULT 0;" /* since the last one of its group */
    "CREATE INDEX notices_event ON notices (event_id);"
    "CREATE INDEX sent_notices_event ON sent_notices (event_id);"
    "CREATE INDEX notices_repeat ON notices (destination, recipient, group_key) WHERE repeat_ms > 0;";

/*
 * The outbox in blocks: a row holds the events of one turn for one destination, a line of JSON each. What waits becomes
 * blocks of one event. first_pending has four digits (place.h). The view is for people.
 */
static const char version_5[] =
    "CREATE TABLE outbox_blocks ("
    "  number INTEGER NOT NULL PRIMARY KEY,"
    "  destination TEXT NOT NULL,"
    "  stamp INTEGER NOT NULL,"
    "  created_unix_ms INTEGER NOT NULL,"
    "  event_unix_ms INTEGER," /* NULL: created_unix_ms */
    "  due_unix_ms INTEGER NOT NULL DEFAULT 0,"
    "  count INTEGER NOT NULL CHECK (count > 0),"
    "  first_pending TEXT NOT NULL DEFAULT '0000',"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT,"
    "  events TEXT NOT NULL" /* last, so that the other columns are read without it */
    ") STRICT;"
    "CREATE INDEX outbox_blocks_destination ON outbox_blocks (destination);"
    "CREATE INDEX outbox_blocks_later ON outbox_blocks (destination, due_unix_ms) WHERE due_unix_ms > 0;"
    "INSERT INTO outbox_blocks (number, destination, stamp, created_unix_ms, event_unix_ms, due_unix_ms, count, "
    "attempts,"
    "  last_error, events) SELECT number, destination, stamp, created_unix_ms, event_unix_ms, due_unix_ms, 1, attempts,"
    "  last_error, event_line(sequence, type, sku, id, recipient, headers, payload) FROM outbox;"
    "DROP TABLE outbox;"
    "UPDATE counters SET name = 'outbox_blocks' WHERE name = 'outbox';"
    "CREATE VIEW outbox_events AS SELECT b.destination, b.number, j.key AS \"index\","
    "  json_extract(j.value, '$.event') AS sequence, json_extract(j.value, '$.type') AS type,"
    "  json_extract(j.value, '$.sku') AS sku, json_extract(j.value, '$.id') AS id,"
    "  coalesce(json_extract(j.value, '$.recipient'), '') AS recipient, json_extract(j.value, '$.payload') AS payload,"
    "  b.created_unix_ms, iif(j.key = b.first_pending + 0, b.attempts, 0) AS attempts"
    "  FROM outbox_blocks b, json_each('[' || replace(rtrim(b.events, char(10)), char(10), ',') || ']') j"
    "  WHERE j.key >= b.first_pending + 0;";

/* A notice that was stored before waits no longer than the settings allow. */
static const char version_6[] =
    "ALTER TABLE notices ADD COLUMN wait_ms INTEGER NOT NULL DEFAULT 9223372036854775807;"; /* by which it is due */

/*
 * A look reads the notices that are due and no others. Those that are not `waiting` are due, in the order of their
 * numbers. Of the others it reads those whose time has come (notices_later), and those whose wait begins in the future,
 * because the clock was set back (notices_begun). One that is behind another of its group is not due whatever its time
 * is, until the trigger says that it is the first.
 */
static const char version_7[] =
    "ALTER TABLE notices ADD COLUMN is_behind INTEGER NOT NULL DEFAULT 0;"
    "UPDATE notices AS n SET is_behind = 1 WHERE repeat_ms > 0 AND EXISTS (SELECT 1 FROM notices e"
    "  WHERE e.destination = n.destination AND e.recipient = n.recipient AND e.group_key = n.group_key"
    "  AND e.repeat_ms > 0 AND e.number < n.number);"
    "ALTER TABLE notices ADD COLUMN waiting INTEGER GENERATED ALWAYS AS (due_unix_ms <> 0 OR is_behind = 1) VIRTUAL;"
    "DROP INDEX notices_destination;"
    "DROP INDEX notices_later;"
    "CREATE INDEX notices_destination ON notices (destination, waiting);"
    "CREATE INDEX notices_later ON notices (destination, due_unix_ms) WHERE due_unix_ms <> 0 AND is_behind = 0;"
    "CREATE INDEX notices_begun ON notices (destination, due_unix_ms - wait_ms)"
    "  WHERE due_unix_ms <> 0 AND is_behind = 0;"
    "CREATE TRIGGER notices_first AFTER DELETE ON notices WHEN old.repeat_ms > 0 BEGIN"
    "  UPDATE notices SET is_behind = 0 WHERE is_behind = 1 AND number = (SELECT min(number) FROM notices"
    "  WHERE destination = old.destination AND recipient = old.recipient AND group_key = old.group_key"
    "  AND repeat_ms > 0);"
    "END;";

/* Migration i leads from version i to i + 1. Never change a released one: add another. */
static const char *const migrations[] = {version_1, version_2, version_3, version_4, version_5, version_6, version_7};

const int64_t schema_version = sizeof migrations / sizeof migrations[0];

static enum gw_status read_in_transaction(struct database *database, int64_t *ret_version, struct gw_error *reterr)
{
    int64_t owner = 0;
    int64_t tables = 0;
    enum gw_status status = database_number(database, "PRAGMA application_id", &owner, reterr);

    if (status == GW_OK)
        status = database_number(database, "PRAGMA user_version", ret_version, reterr);
    if (status == GW_OK)
        status = database_number(database, "SELECT count(*) FROM sqlite_schema", &tables, reterr);
    if (status != GW_OK || owner == APPLICATION_ID)
        return status;
    if (owner != 0 || tables > 0)
        return gw_error_set(reterr, GW_CONFIG, "%s is not a database of Gangway", database->path);
    *ret_version = 0;
    return GW_OK;
}

/* One snapshot, because another process may be migrating. */
enum gw_status schema_read(struct database *database, int64_t *ret_version, struct gw_error *reterr)
{
    enum gw_status status;

    if (!sqlite3_get_autocommit(database->db))
        return read_in_transaction(database, ret_version, reterr);
    status = database_run(database, "BEGIN", reterr);
    if (status == GW_OK)
        status = read_in_transaction(database, ret_version, reterr);
    return database_roll_back(database, status, reterr);
}

static enum gw_status refuse_newer(const struct database *database, int64_t version, struct gw_error *reterr)
{
    return gw_error_set(reterr, GW_CONFIG,
                        "%s has schema version %lld, this plugin knows versions up to %lld: it needs a newer gateway",
                        database->path, (long long)version, (long long)schema_version);
}

enum gw_status schema_require(struct database *database, struct gw_error *reterr)
{
    int64_t version = 0;
    enum gw_status status = schema_read(database, &version, reterr);

    if (status != GW_OK || version == schema_version)
        return status;
    if (version > schema_version)
        return refuse_newer(database, version, reterr);
    return gw_error_set(reterr, GW_CONFIG, "%s has schema version %lld, this plugin needs %lld: run `gangway migrate`",
                        database->path, (long long)version, (long long)schema_version);
}

static struct gw_text text_of(sqlite3_value *value)
{
    const void *bytes = sqlite3_value_blob(value); /* before the length */

    return gw_text_span(bytes, (uint64_t)sqlite3_value_bytes(value));
}

/* event_line(SEQUENCE, TYPE, SKU, ID, RECIPIENT, HEADERS, PAYLOAD) in a migration: an event as a line of a block. */
static void event_line(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct gw_event_line line = {.event = sqlite3_value_int64(values[0]),
                                 .type = text_of(values[1]),
                                 .sku = text_of(values[2]),
                                 .id = text_of(values[3]),
                                 .recipient = text_of(values[4]),
                                 .headers = text_of(values[5]),
                                 .payload = text_of(values[6])};
    struct gw_buffer buffer;

    (void)count;
    gw_buffer_init(&buffer, SIZE_MAX);
    gw_event_line_append(&buffer, &line);
    if (buffer.has_failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_text64(context, buffer.ptr, buffer.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    gw_buffer_done(&buffer);
}

static enum gw_status add_functions(struct database *database, struct gw_error *reterr)
{
    int code = sqlite3_create_function_v2(database->db, "event_line", 7, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                          event_line, NULL, NULL, NULL);

    return code == SQLITE_OK ? GW_OK : database_failed(database, code, DATABASE_WORKING, reterr);
}

static enum gw_status migrate_one(struct database *database, int64_t version, struct gw_error *reterr)
{
    char sql[128];
    enum gw_status status = database_run(database, migrations[version], reterr);
    int code;

    if (status != GW_OK)
        return status;
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %lld", APPLICATION_ID,
                   (long long)version + 1);
    status = database_run(database, sql, reterr);
    if (status != GW_OK)
        return status;
    code = sqlite3_exec(database->db, "COMMIT", NULL, NULL, NULL);
    return code == SQLITE_OK ? GW_OK : database_failed(database, code, DATABASE_COMMITTING, reterr);
}

/* One step under the write lock. Another process may have made it while this one waited for the lock. */
static enum gw_status step(struct database *database, int64_t *ret_version, struct gw_error *reterr)
{
    enum gw_status status = database_run(database, "BEGIN IMMEDIATE", reterr);

    if (status == GW_OK)
        status = schema_read(database, ret_version, reterr);
    if (status == GW_OK && *ret_version > schema_version)
        status = refuse_newer(database, *ret_version, reterr);
    if (status == GW_OK && *ret_version < schema_version)
        status = migrate_one(database, *ret_version, reterr);
    return database_roll_back(database, status, reterr);
}

/* Switching to WAL needs exclusive access for a moment, and SQLite does not always call the busy handler. */
static enum gw_status turn_log_on(struct database *database, struct gw_error *reterr)
{
    const struct gw_host *host = database->host;
    int64_t until = host->monotonic_ms(host) + database->busy_timeout_ms;
    enum gw_status status;

    do {
        uint32_t ready = 0;
        int64_t now = host->monotonic_ms(host);

        status = database_run(database, "PRAGMA journal_mode = WAL", reterr);
        if (status != GW_TRANSIENT || now >= until)
            return status;
        if (host->wait(host, -1, 0, now + 1, &ready) == GW_CANCELLED)
            return gw_error_set(reterr, GW_CANCELLED, "%s: cancelled before migrating", database->path);
    } while (true);
}

enum gw_status schema_migrate(struct database *database, int64_t *ret_from, int64_t *ret_to, struct gw_error *reterr)
{
    int64_t version = 0;
    enum gw_status status = schema_read(database, &version, reterr);
    bool is_first = true;

    if (status == GW_OK && version > schema_version)
        status = refuse_newer(database, version, reterr);
    if (status == GW_OK)
        status = turn_log_on(database, reterr);
    if (status == GW_OK)
        status = add_functions(database, reterr);
    while (status == GW_OK) {
        status = step(database, &version, reterr);
        if (status == GW_OK && is_first)
            *ret_from = version;
        is_first = false;
        if (version >= schema_version)
            break;
        version++;
    }
    *ret_to = schema_version;
    return status;
}
