/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply: one statement calls a function in the database (schema/functions.sql), which compares and changes everything.
 * This file makes the parameters from a changeset, an array for each field, and translates refusals to the statuses of
 * the port.
 */
#include "blocks.h"
#include "fields.h"
#include "operations.h"
#include "row.h"
#include "status.h"
#include "taken_line.h"
#include "takers.h"

#include <gangway/sdk/changeset.h>
#include <gangway/sdk/verdict.h>

#include <stddef.h>
#include <stdlib.h>

/* Not FROM apply(...): the server would store what the function returns as a table, which costs about as much as a
 * statement of a small turn. OFFSET 0 keeps the planner from calling the function for each of the three columns. */
static const struct statement apply_statement = {
    .name = "apply",
    .sql =
        "SELECT (answer).first_effect, (answer).applied_at, (answer).event_counters FROM (SELECT apply($1, $2, $3, $4, "
        "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, "
        "$27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, "
        "$48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58) AS answer OFFSET 0) AS called",
    .is_change = true,
};

/* ---- parameters ------------------------------------------------------------------------------------------------ */

/* A parameter: one field of every item of one array of the changeset. */
struct column {
    size_t part;
    size_t field;
    enum field_kind kind;
};

#define COLUMN(part, type, field, kind)                                    \
    {                                                                      \
        offsetof(struct gw_changeset, part), offsetof(type, field), (kind) \
    }
#define POSITION(field, kind) COLUMN(positions, struct gw_position_change, field, kind)
#define PRODUCT(field, kind)  COLUMN(products, struct gw_product_change, field, kind)
#define ID(field, kind)       COLUMN(ids, struct gw_id_change, field, kind)
#define INSERT(field, kind)   COLUMN(batch_inserts, struct gw_batch_insert, field, kind)
#define UPDATE(field, kind)   COLUMN(batch_updates, struct gw_batch_update, field, kind)
#define DELETE(field, kind)   COLUMN(line_deletes, struct gw_line_delete, field, kind)
#define LINE(field, kind)     COLUMN(line_inserts, struct gw_line_insert, field, kind)
#define DEAD(field, kind)     COLUMN(dead_letters, struct gw_dead_letter, field, kind)
#define REPLAY(field, kind)   COLUMN(dead_changes, struct gw_dead_change, field, kind)

/* In the order of the function's parameters, from the second on; those of the effects (blocks.h) and the batches of the
 * lines (takers.h) follow. A dead letter must be stored whatever its sender wrote: its type comes from a header, and
 * bytes that are not text name no command anyway. */
static const struct column columns[] = {
    POSITION(source, FIELD_TEXT),
    POSITION(expected, FIELD_INT8),
    POSITION(next, FIELD_INT8),
    POSITION(mark, FIELD_MARK),
    PRODUCT(sku, FIELD_TEXT),
    PRODUCT(expected, FIELD_INT8),
    PRODUCT(version, FIELD_INT8),
    PRODUCT(stamp, FIELD_INT8),
    PRODUCT(events, FIELD_UINT4),
    {offsetof(struct gw_changeset, absent_refs), 0, FIELD_TEXT},
    ID(id, FIELD_UUID),
    ID(fingerprint, FIELD_UUID),
    ID(outcome, FIELD_ENUM),
    ID(reason, FIELD_PROSE),
    INSERT(product, FIELD_PRODUCT),
    INSERT(ref, FIELD_TEXT),
    INSERT(eta, FIELD_ETA),
    INSERT(purchased, FIELD_INT8),
    INSERT(allocated, FIELD_INT8),
    INSERT(created, FIELD_INT8),
    UPDATE(product, FIELD_PRODUCT),
    UPDATE(ref, FIELD_TEXT),
    UPDATE(old_purchased, FIELD_INT8),
    UPDATE(old_allocated, FIELD_INT8),
    UPDATE(purchased, FIELD_INT8),
    UPDATE(allocated, FIELD_INT8),
    DELETE(product, FIELD_PRODUCT),
    DELETE(orderid, FIELD_TEXT),
    DELETE(qty, FIELD_INT8),
    LINE(product, FIELD_PRODUCT),
    LINE(orderid, FIELD_TEXT),
    LINE(qty, FIELD_INT8),
    LINE(ref, FIELD_TEXT),
    LINE(seq, FIELD_INT8),
    DEAD(entrypoint, FIELD_TEXT),
    DEAD(source, FIELD_TEXT),
    DEAD(offset, FIELD_INT8),
    DEAD(line, FIELD_INT8),
    DEAD(identity, FIELD_TEXT),
    DEAD(type, FIELD_PROSE),
    DEAD(key, FIELD_BYTES),
    DEAD(headers, FIELD_BYTES),
    DEAD(payload, FIELD_BYTES),
    DEAD(reason, FIELD_PROSE),
    DEAD(full_len, FIELD_INT8),
    DEAD(digest, FIELD_DIGEST),
    DEAD(flags, FIELD_FLAGS),
    REPLAY(id, FIELD_INT8),
    REPLAY(reason, FIELD_PROSE),
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const struct gw_array *part_of(const struct gw_changeset *set, const struct column *column)
{
    return (const void *)((const char *)set + column->part);
}

/* ---- outcomes -------------------------------------------------------------------------------------------------- */

/* Whether the changeset was refused because it is applied already. */
static bool is_done(const PGresult *result, const struct gw_changeset *set)
{
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

    if (detail == NULL)
        return false;
    if (postgres_is(result, SQLSTATE_MOVED))
        return strcmp(detail, "already") == 0;
    return postgres_is(result, SQLSTATE_KNOWN) && gw_ids_are_done(set, (uint32_t)strtoul(detail, NULL, 10));
}

enum { ANSWER_FIRST_EFFECT, ANSWER_APPLIED_AT, ANSWER_COUNTERS };

static enum gw_status take_answer(const PGresult *result, const struct gw_changeset *set,
                                  struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    ret_result->first_effect = row_int(result, 0, ANSWER_FIRST_EFFECT);
    ret_result->unix_ms = row_time(result, 0, ANSWER_APPLIED_AT);
    if (ret_result->event_counters == NULL || set->products.count == 0 ||
        row_int8_array(result, 0, ANSWER_COUNTERS, ret_result->event_counters, set->products.count))
        return GW_OK;
    return gw_error_set(reterr, GW_INTERNAL,
                        "the function apply of the database does not count the events of %u "
                        "products",
                        set->products.count);
}

enum gw_status apply_changeset(struct gw_session *session, const struct gw_changeset *set,
                               struct gw_apply_result *ret_result, struct gw_error *reterr)
{
    enum gw_status status = gw_changeset_check(set, reterr);
    struct query *query;

    if (status != GW_OK)
        return status;
    session_begin(session);
    query = session_query(session, &apply_statement);
    parameter_int8(&query->parameters, set->stamp);
    for (size_t i = 0; i < COLUMNS; i++)
        parameter_field(&query->parameters, part_of(set, &columns[i]), columns[i].field, columns[i].kind);
    status = blocks_add(&query->parameters, set, reterr);
    if (status == GW_OK)
        status = takers_add(&query->parameters, set, reterr);
    if (status != GW_OK)
        return status;
    status = session_run_bound(session, reterr);
    if (status == GW_OK)
        status = take_answer(query->result, set, ret_result, reterr);
    else if (is_done(query->result, set))
        status = gw_error_set(reterr, GW_ALREADY, "the changeset was applied before");
    else if (taken_line_is_cause(query->result))
        taken_line_describe(session, set, reterr);
    return status;
}
