/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps from decoded messages to a committed changeset. Knows the bus and the unit of work; knows no entrypoint, no
 * retry and no clock.
 */
#include "service/turn.h"

#include "base/buffer.h"
#include "base/fault_point.h"
#include "base/hash.h"
#include "base/table.h"
#include "base/vector.h"
#include "service/dead_letter.h"
#include "service/message_bus.h"
#include "service/unit_of_work.h"

#include <gangway/port/entrypoint.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_BYTES = 8 * 1024 * 1024,
    TEXT_MAX_BYTES = 64 * 1024,
    /* Each round loads at least one thing more than the one before, so this number of rounds proves a bug. */
    MAX_ROUNDS = 1000
};

struct entry {
    struct gw_turn_message message;
    struct gw_command command;
    struct gw_turn_result result;
    uint32_t id_index; /* in the load request */
    bool is_refused;   /* message.reason says why */
    bool is_left_out;
};

struct gw_turn {
    const struct gw_message_bus *bus;
    struct gw_stock_source *source;
    struct gw_unit_of_work *work;
    struct gw_changes *changes;  /* of the unit of work */
    struct gw_arena *arena;      /* of the messages */
    struct gw_arena *plan_arena; /* of one attempt, over its rounds */
    struct gw_load_plan plan;
    struct gw_table ids; /* of struct entry: the ids seen in this round */
    struct gw_buffer reason;
    struct gw_buffer scratch;
    struct entry *entries;
    size_t count, capacity;
    struct gw_turn_sources moved; /* by the attempt */
    size_t max_bytes;             /* of each arena */
};

struct gw_turn *gw_turn_new(const struct gw_message_bus *bus, const struct gw_repository_ops *repository,
                            struct gw_session *session, size_t max_bytes, int64_t cache_bytes)
{
    struct gw_turn *turn = calloc(1, sizeof *turn);

    if (turn == NULL)
        return NULL;
    turn->bus = bus;
    turn->max_bytes = max_bytes;
    turn->source = gw_stock_source_new(repository, session, cache_bytes);
    turn->work = turn->source != NULL ? gw_unit_of_work_new(turn->source, max_bytes) : NULL;
    turn->arena = gw_arena_new(max_bytes);
    turn->plan_arena = gw_arena_new(max_bytes);
    gw_buffer_init(&turn->reason, TEXT_MAX_BYTES);
    gw_buffer_init(&turn->scratch, max_bytes); /* the headers of a dead letter may be as long as a message */
    if (turn->work == NULL || turn->arena == NULL || turn->plan_arena == NULL) {
        gw_turn_free(turn);
        return NULL;
    }
    turn->changes = gw_unit_of_work_changes(turn->work);
    return turn;
}

void gw_turn_use(struct gw_turn *turn, const struct gw_message_bus *bus)
{
    turn->bus = bus;
}

void gw_turn_free(struct gw_turn *turn)
{
    if (turn == NULL)
        return;
    gw_unit_of_work_free(turn->work);
    gw_stock_source_free(turn->source);
    gw_arena_free(turn->arena);
    gw_arena_free(turn->plan_arena);
    gw_buffer_done(&turn->reason);
    gw_buffer_done(&turn->scratch);
    free(turn);
}

/* The next turn has room for as many messages as this one, so that a large one does not copy its entries as it grows. */
void gw_turn_reset(struct gw_turn *turn)
{
    gw_arena_reset(turn->arena, KEEP_BYTES);
    turn->entries = gw_arena_alloc(turn->arena, turn->count * sizeof *turn->entries);
    turn->capacity = turn->entries != NULL ? turn->count : 0;
    turn->count = 0;
}

struct gw_arena *gw_turn_arena(struct gw_turn *turn)
{
    return turn->arena;
}

uint32_t gw_turn_count(const struct gw_turn *turn)
{
    return (uint32_t)turn->count;
}

static bool keep_text(struct gw_arena *arena, struct gw_text text, struct gw_text *ret_kept)
{
    char *copy = gw_arena_copy(arena, text.ptr, (size_t)text.len);

    if (copy == NULL)
        return false;
    *ret_kept = gw_text_span(copy, text.len);
    return true;
}

/* Copies what was written into turn->reason, if anything was. */
static bool keep_reason(struct gw_turn *turn, struct gw_text *ret_reason)
{
    *ret_reason = gw_text_of(NULL);
    if (turn->reason.has_failed)
        return false;
    return turn->reason.len == 0 ||
           keep_text(turn->arena, gw_text_span(turn->reason.ptr, turn->reason.len), ret_reason);
}

enum gw_status gw_turn_add(struct gw_turn *turn, const struct gw_turn_message *message)
{
    struct entry *entries = gw_vector_grow(turn->arena, turn->entries, turn->count, &turn->capacity, sizeof *entries);
    struct entry *entry;

    if (entries == NULL)
        return GW_NOMEM;
    turn->entries = entries;
    entry = &turn->entries[turn->count];
    *entry = (struct entry){.message = *message, .is_refused = message->command == NULL};
    gw_buffer_reset(&turn->reason);
    if (!entry->is_refused && !gw_command_decode(message->command, message->values, &entry->command, &turn->reason)) {
        entry->is_refused = true;
        entry->message.reason_code = GW_REASON_INVALID_FIELD;
        if (!keep_reason(turn, &entry->message.reason))
            return GW_NOMEM;
    }
    entry->message.values = NULL;
    turn->count++;
    return GW_OK;
}

enum gw_status gw_turn_refuse(struct gw_turn *turn, uint32_t index, struct gw_text reason)
{
    struct entry *entry = &turn->entries[index];

    entry->is_refused = true;
    entry->message.reason_code = GW_REASON_NOT_STORED;
    return keep_text(turn->arena, reason, &entry->message.reason) ? GW_OK : GW_NOMEM;
}

void gw_turn_leave_out(struct gw_turn *turn, uint32_t index)
{
    turn->entries[index].is_left_out = true;
}

static bool plan_load(struct gw_turn *turn, uint32_t first, uint32_t count)
{
    gw_arena_reset(turn->plan_arena, KEEP_BYTES);
    gw_load_plan_init(&turn->plan, turn->plan_arena);
    for (uint32_t index = first; index < first + count; index++) {
        struct entry *entry = &turn->entries[index];

        if (entry->is_left_out)
            continue;
        if (!entry->is_refused && !gw_load_plan_add_command(&turn->plan, &entry->command))
            return false;
        if (entry->message.id != NULL && !gw_load_plan_add_id(&turn->plan, entry->message.id, &entry->id_index))
            return false;
    }
    return true;
}

static bool record_id(struct gw_turn *turn, const struct entry *entry)
{
    struct gw_id_change change = {.outcome = entry->result.outcome, .reason = entry->result.reason};

    memcpy(change.id, entry->message.id, sizeof change.id);
    memcpy(change.fingerprint, entry->message.fingerprint, sizeof change.fingerprint);
    return gw_changes_add_id(turn->changes, &change);
}

/* Records a refusal: an answer if the sender waits for one, otherwise a dead letter. A dead letter that is replayed
 * stays. */
static bool record_refusal(struct gw_turn *turn, struct entry *entry, uint32_t code, struct gw_text reason)
{
    struct gw_dead_letter letter;

    entry->result.reason = reason;
    entry->result.reason_code = code;
    entry->result.outcome = GW_OUTCOME_DEAD;
    if (entry->message.replays != 0) {
        struct gw_dead_change change = {entry->message.replays, reason};

        return gw_changes_add_dead_change(turn->changes, &change);
    }
    if (entry->message.is_answered) {
        entry->result.outcome = GW_OUTCOME_REJECTED;
        return true;
    }
    return gw_dead_letter_make(gw_unit_of_work_arena(turn->work), &turn->scratch, &entry->message, reason, &letter) &&
           gw_changes_add_dead_letter(turn->changes, &letter);
}

static bool record_success(struct gw_turn *turn, const struct entry *entry)
{
    struct gw_dead_change change = {entry->message.replays, gw_text_of(NULL)};

    return entry->message.replays == 0 || gw_changes_add_dead_change(turn->changes, &change);
}

/* Ids are digests, but a sender can search for ids whose digests begin alike. */
static uint32_t id_hash(const uint8_t *id)
{
    return gw_hash_bytes(id, GW_ID_BYTES);
}

static bool is_id(const void *entry, const void *key)
{
    return memcmp(((const struct entry *)entry)->message.id, key, GW_ID_BYTES) == 0;
}

/* Whether the id of a message was seen before, in the repository or in this round. Then *ret_fingerprint and result are
 * those of the first message. */
static bool was_seen(struct gw_turn *turn, const struct entry *entry, const uint8_t **ret_fingerprint,
                     struct gw_turn_result *ret_result)
{
    const struct gw_known_id *known = gw_unit_of_work_known_id(turn->work, entry->id_index);
    const struct entry *before = gw_table_find(&turn->ids, id_hash(entry->message.id), is_id, entry->message.id);

    if (known->outcome != 0) {
        *ret_fingerprint = known->fingerprint;
        *ret_result = (struct gw_turn_result){
            .outcome = GW_OUTCOME_DUPLICATE, .recorded_outcome = known->outcome, .reason = known->reason};
        return true;
    }
    if (before == NULL)
        return false;
    *ret_fingerprint = before->message.fingerprint;
    *ret_result = (struct gw_turn_result){
        .outcome = GW_OUTCOME_DUPLICATE, .recorded_outcome = before->result.outcome, .reason = before->result.reason};
    return true;
}

/* The same id with the same body is a duplicate. With another body the message is refused, never dropped. */
static enum gw_status handle_repeated(struct gw_turn *turn, struct entry *entry, bool *ret_is_repeated)
{
    const uint8_t *fingerprint;
    struct gw_turn_result result;

    *ret_is_repeated = entry->message.id != NULL && was_seen(turn, entry, &fingerprint, &result);
    if (!*ret_is_repeated)
        return GW_OK;
    if (memcmp(fingerprint, entry->message.fingerprint, GW_DIGEST_BYTES) == 0) {
        entry->result = result;
        /* the reason of a stored id lives in the attempt's arena only, the result until the reset */
        return keep_text(turn->arena, result.reason, &entry->result.reason) ? GW_OK : GW_NOMEM;
    }
    return record_refusal(turn, entry, GW_REASON_ID_REUSED,
                          gw_text_of("this message id was used before with another body"))
               ? GW_OK
               : GW_NOMEM;
}

static enum gw_status handle_command(struct gw_turn *turn, struct gw_handling *handling, struct entry *entry)
{
    uint32_t outcome = 0;
    struct gw_text reason;
    enum gw_status status;

    handling->identity = entry->message.identity;
    handling->headers = entry->message.headers;
    status = gw_message_bus_handle(turn->bus, handling, &entry->command, &outcome);
    if (status != GW_OK && status != GW_INVALID)
        return status;
    if (!keep_reason(turn, &reason))
        return GW_NOMEM;
    if (status == GW_INVALID)
        return record_refusal(turn, entry, handling->reason_code, reason) ? GW_OK : GW_NOMEM;
    entry->result = (struct gw_turn_result){.outcome = outcome, .reason = reason};
    return record_success(turn, entry) ? GW_OK : GW_NOMEM;
}

static enum gw_status handle_entry(struct gw_turn *turn, struct gw_handling *handling, struct entry *entry)
{
    bool is_repeated;
    enum gw_status status;

    entry->result = (struct gw_turn_result){0};
    status = handle_repeated(turn, entry, &is_repeated);
    if (status != GW_OK || is_repeated)
        return status;
    if (entry->is_refused)
        status = record_refusal(turn, entry, entry->message.reason_code, entry->message.reason) ? GW_OK : GW_NOMEM;
    else
        status = handle_command(turn, handling, entry);
    if (status != GW_OK || entry->message.id == NULL)
        return status;
    if (!record_id(turn, entry) || !gw_table_add(&turn->ids, id_hash(entry->message.id), entry))
        return GW_NOMEM;
    return GW_OK;
}

static bool note_position(struct gw_turn *turn, const struct gw_turn_message *message)
{
    return message->source == NULL || gw_turn_sources_note(&turn->moved, message->source, message->next, message->mark);
}

/* One round: loads everything that the plan names, then handles every command in the order of arrival. */
static enum gw_status run_round(struct gw_turn *turn, uint32_t first, uint32_t count, struct gw_error *reterr)
{
    struct gw_handling handling;
    bool is_missing = false;
    enum gw_status status = gw_unit_of_work_begin(turn->work, &turn->plan, reterr);

    if (status != GW_OK)
        return status;
    gw_fault_point("load");
    gw_table_init(&turn->ids, gw_unit_of_work_arena(turn->work));
    turn->moved = (struct gw_turn_sources){.arena = gw_unit_of_work_arena(turn->work)};
    gw_handling_init(&handling, turn->work, &turn->reason, &turn->scratch);
    for (uint32_t index = first; index < first + count; index++) {
        struct entry *entry = &turn->entries[index];

        if (entry->is_left_out)
            continue;
        status = handle_entry(turn, &handling, entry);
        if (status == GW_NOT_LOADED) {
            is_missing = true; /* handles the others too, so that one round finds everything missing */
            continue;
        }
        if (status != GW_OK)
            return gw_error_set(reterr, status, "handling message %u of a turn: %s", index,
                                gw_status_word((int)status));
        if (!note_position(turn, &entry->message))
            return gw_error_set(reterr, GW_NOMEM, "no memory for a turn's positions");
    }
    if (is_missing)
        return GW_NOT_LOADED;
    if (!gw_turn_sources_add_changes(&turn->moved, turn->changes))
        return gw_error_set(reterr, GW_NOMEM, "no memory for a turn's positions");
    gw_fault_point("handle");
    return GW_OK;
}

/* Loads and handles until nothing is missing, then builds the changeset. */
static enum gw_status run_rounds(struct gw_turn *turn, uint32_t first, uint32_t count, struct gw_error *reterr)
{
    if (!plan_load(turn, first, count))
        return gw_error_set(reterr, GW_NOMEM, "no memory for what a turn loads");
    for (int round = 0; round < MAX_ROUNDS; round++) {
        enum gw_status status = run_round(turn, first, count, reterr);

        if (status == GW_OK)
            return gw_unit_of_work_build(turn->work, reterr);
        if (status != GW_NOT_LOADED)
            return status;
    }
    return gw_error_set(reterr, GW_INTERNAL, "a turn was loaded %d times and something is still missing", MAX_ROUNDS);
}

/* Whether the limit of an arena was reached. Then waiting does not help, because only the messages are the cause. */
static bool has_reached_limit(const struct gw_turn *turn)
{
    return gw_arena_is_full(turn->arena) || gw_arena_is_full(turn->plan_arena) ||
           gw_arena_is_full(gw_unit_of_work_arena(turn->work));
}

enum gw_status gw_turn_attempt(struct gw_turn *turn, uint32_t first, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status = run_rounds(turn, first, count, reterr);

    if (status != GW_NOMEM || !has_reached_limit(turn))
        return status;
    return gw_error_set(reterr, GW_PERMANENT,
                        "%u message%s need%s more than the %zu MiB of memory that one turn may use", count,
                        count == 1 ? "" : "s", count == 1 ? "s" : "", turn->max_bytes / (1024 * 1024));
}

enum gw_status gw_turn_commit(struct gw_turn *turn, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (!gw_unit_of_work_is_empty(turn->work))
        status = gw_unit_of_work_commit(turn->work, reterr);
    if (status == GW_OK || status == GW_ALREADY)
        gw_turn_sources_move(&turn->moved);
    return status;
}

struct gw_turn_result gw_turn_result(const struct gw_turn *turn, uint32_t index)
{
    return turn->entries[index].result;
}

const struct gw_changeset *gw_turn_changeset(const struct gw_turn *turn)
{
    return gw_unit_of_work_changeset(turn->work);
}

const struct gw_apply_result *gw_turn_apply_result(const struct gw_turn *turn)
{
    return gw_unit_of_work_result(turn->work);
}

uint64_t gw_turn_expectation(const struct gw_turn *turn)
{
    return gw_unit_of_work_expectation(turn->work);
}
