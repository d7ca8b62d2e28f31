/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences: finds those that are behind their tables, and says how to repair them. */
#include "sequences.h"

#include <stdio.h>
#include <string.h>

/* The keys whose numbers come from a sequence. */
static const struct key {
    const char *constraint;
    const char *sequence;
    const char *table;
    const char *column;
    const char *other_table; /* another table with numbers of this sequence; NULL: none */
} keys[] = {
    {"products_pkey", "products_id_seq", "products", "id", NULL},
    {"batches_pkey", "batches_id_seq", "batches", "id", NULL},
    {"dead_letters_pkey", "dead_letters_id_seq", "dead_letters", "id", NULL},
    {"notices_pkey", "notices_number_seq", "notices", "number", NULL},
    {"outbox_blocks_pkey", "blocks", "outbox_blocks", "number", "allocations"},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

/* No index leads to the highest number of an allocation, but those of the newest batches are among the highest. The
 * outbox is searched for each destination, because its key begins with the destination. */
static const char find_behind[] =
    "WITH RECURSIVE destinations (destination) AS ("
    "   SELECT min(destination) FROM outbox_blocks"
    "   UNION ALL"
    "   SELECT (SELECT min(o.destination) FROM outbox_blocks o WHERE o.destination > d.destination)"
    "     FROM destinations d WHERE d.destination IS NOT NULL)"
    " SELECT q.name, q.highest, n.next, current_schema()"
    "   FROM (VALUES"
    "     ('products_id_seq', (SELECT max(id) FROM products)::bigint),"
    "     ('batches_id_seq', (SELECT max(id) FROM batches)::bigint),"
    "     ('dead_letters_id_seq', (SELECT max(id) FROM dead_letters)),"
    "     ('notices_number_seq', (SELECT max(number) FROM notices)),"
    "     ('blocks', greatest("
    "       (SELECT max((SELECT max(o.number) FROM outbox_blocks o WHERE o.destination = d.destination)) FROM "
    "destinations d),"
    "       (SELECT max(l.number) FROM (SELECT id FROM batches ORDER BY id DESC LIMIT 100) b"
    "         CROSS JOIN LATERAL (SELECT number FROM allocations WHERE batch = b.id ORDER BY seq DESC LIMIT 1) l)))"
    "   ) AS q (name, highest)"
    "   JOIN pg_sequence s ON s.seqrelid = to_regclass(q.name) AND has_sequence_privilege(s.seqrelid, 'USAGE')"
    "  CROSS JOIN LATERAL (SELECT coalesce(pg_sequence_last_value(s.seqrelid) + s.seqincrement, s.seqstart)) AS n "
    "(next)"
    "  WHERE q.highest >= n.next";
enum { BEHIND_NAME, BEHIND_HIGHEST, BEHIND_NEXT, BEHIND_SCHEMA };

enum gw_status sequences_find_behind(struct connection *connection, const struct options *options,
                                     const struct gw_host *host, PGresult **ret_behind, struct gw_error *reterr)
{
    return connection_run(connection, host, options->statement_timeout_ms, find_behind, NULL, ret_behind, reterr);
}

static const struct key *key_of(const char *name, bool is_constraint)
{
    for (size_t i = 0; i < KEYS; i++)
        if (name != NULL && strcmp(is_constraint ? keys[i].constraint : keys[i].sequence, name) == 0)
            return &keys[i];
    return NULL;
}

/* The statement that repairs it comes last in the text, so that it can be copied. Names are quoted, because the name of
 * a schema may be a word of SQL. */
static enum gw_status describe_key(const struct key *key, const char *schema, const char *what, struct gw_error *reterr)
{
    char other[128] = "";

    if (key->other_table != NULL)
        (void)snprintf(other, sizeof other, ", (SELECT max(%s) FROM \"%s\".%s)", key->column, schema, key->other_table);
    return gw_error_set(reterr, GW_CONFIG,
                        "sequence %s is behind its table: %s; stop every gateway, then run SELECT "
                        "setval('\"%s\".%s', greatest((SELECT max(%s) FROM \"%s\".%s)%s))",
                        key->sequence, what, schema, key->sequence, key->column, schema, key->table, other);
}

enum gw_status sequences_describe(const PGresult *behind, int row, struct gw_error *reterr)
{
    const struct key *key = key_of(PQgetvalue(behind, row, BEHIND_NAME), false);
    char what[96];

    (void)snprintf(what, sizeof what, "its next number is %s, and %s is taken", PQgetvalue(behind, row, BEHIND_NEXT),
                   PQgetvalue(behind, row, BEHIND_HIGHEST));
    return describe_key(key, PQgetvalue(behind, row, BEHIND_SCHEMA), what, reterr);
}

/* Reading a table waits for a session that has locked it exclusively, or waits for that lock: ALTER TABLE, VACUUM FULL.
 */
static const char find_holders[] =
    "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND relation IN (to_regclass('products'), to_regclass('batches'), to_regclass('allocations'),"
    "   to_regclass('outbox_blocks'), to_regclass('notices'), to_regclass('dead_letters')) LIMIT 1";

static enum gw_status are_held(struct connection *connection, const struct options *options, const struct gw_host *host,
                               bool *ret_are_held, struct gw_error *reterr)
{
    PGresult *holders = NULL;
    enum gw_status status =
        connection_run(connection, host, options->statement_timeout_ms, find_holders, NULL, &holders, reterr);

    *ret_are_held = status == GW_OK && PQntuples(holders) > 0;
    PQclear(holders);
    return status;
}

enum gw_status sequences_require(struct connection *connection, const struct options *options,
                                 const struct gw_host *host, struct gw_error *reterr)
{
    PGresult *behind = NULL;
    bool held = false;
    enum gw_status status = are_held(connection, options, host, &held, reterr);

    if (status != GW_OK || held)
        return status;
    status = sequences_find_behind(connection, options, host, &behind, reterr);
    if (status == GW_OK && PQntuples(behind) > 0)
        status = sequences_describe(behind, 0, reterr);
    PQclear(behind);
    return status;
}

bool sequences_explain(const PGresult *refused, struct gw_error *reterr)
{
    const struct key *key = key_of(PQresultErrorField(refused, PG_DIAG_CONSTRAINT_NAME), true);
    const char *schema = PQresultErrorField(refused, PG_DIAG_SCHEMA_NAME);

    if (key == NULL || schema == NULL)
        return false;
    (void)describe_key(key, schema, "it gave a number that is taken", reterr);
    return true;
}
