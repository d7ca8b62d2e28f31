/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles one group of letters at a time: list them, make a turn of the commands, commit it, requeue the deliveries,
 * report each result. Every attempt begins with the list, so it sees letters that another process has removed.
 */
#include "cli/verbs/replay.h"

#include "cli/verbs/dlq.h"
#include "config/wiring.h"
#include "service/routing.h"
#include "service/stamp.h"
#include "service/turn.h"
#include "worker/intake.h"

#include <sodium.h>
#include <stdlib.h>

enum {
    TURN_MAX_BYTES = 1024 * 1024 * 1024,
    MAX_TRIES = 30, /* of one group, some hundred milliseconds apart */
    PAUSE_MS = 200
};

struct letter {
    int64_t id;
    uint32_t index; /* its index in the turn, if it is a command */
    bool is_command;
    bool is_whole;
    bool has_destination; /* a delivery: it has a target, or the file names its destination */
};

struct gw_replay {
    struct gw_offline *offline;
    const struct gw_replay_visitor *visitor;
    struct gw_outbox_target *targets; /* of all deliveries */
    uint32_t target_count;            /* 0: they go to their own destinations */
    struct gw_message_bus *bus;
    struct gw_turn *turn;
    struct gw_intake intake;
    struct letter letters[GW_REPLAY_MAX_LETTERS]; /* the letters of the group that exist, in the order of their ids */
    uint32_t count;
    bool was_unknown; /* the last commit of this group returned UNKNOWN */
    uint64_t rows;
};

const char *gw_replay_result_word(enum gw_replay_result result)
{
    static const char *const words[] = {
#define GW_REPLAY_RESULT_WORD(name, word, is_failure) [GW_REPLAY_##name] = (word),
        GW_REPLAY_RESULT_LIST(GW_REPLAY_RESULT_WORD)
#undef GW_REPLAY_RESULT_WORD
    };

    return words[result];
}

bool gw_replay_is_failure(enum gw_replay_result result)
{
    static const bool failures[] = {
#define GW_REPLAY_RESULT_FAILURE(name, word, is_failure) [GW_REPLAY_##name] = (is_failure),
        GW_REPLAY_RESULT_LIST(GW_REPLAY_RESULT_FAILURE)
#undef GW_REPLAY_RESULT_FAILURE
    };

    return failures[result];
}

/* False: no memory. */
static bool add_targets(struct gw_replay *replay, const struct gw_component *to)
{
    size_t count = 0;
    const char *const *recipients = to != NULL ? gw_bootstrap_addressees(replay->offline->bootstrap, to, &count) : NULL;

    replay->targets = gw_arena_alloc(replay->offline->arena, (count + 1) * sizeof *replay->targets);
    if (replay->targets == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        replay->targets[i] = (struct gw_outbox_target){gw_text_of(to->id), gw_text_of(recipients[i])};
    replay->target_count = (uint32_t)count;
    return true;
}

enum gw_status gw_replay_new(struct gw_offline *offline, const struct gw_component *to,
                             const struct gw_replay_visitor *visitor, struct gw_replay **ret_replay,
                             struct gw_error *reterr)
{
    struct gw_replay *replay = calloc(1, sizeof *replay);

    if (replay == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory to replay");
    replay->offline = offline;
    replay->visitor = visitor;
    replay->bus = gw_wiring_bus(offline->arena, offline->bootstrap);
    if (replay->bus != NULL)
        replay->turn = gw_turn_new(replay->bus, offline->repository, offline->session, TURN_MAX_BYTES, 0);
    if (replay->turn == NULL || !add_targets(replay, to) ||
        gw_intake_open(&replay->intake, gw_text_of("dlq"), false, false) != GW_OK) {
        gw_replay_free(replay);
        return gw_error_set(reterr, GW_NOMEM, "no memory to replay");
    }
    *ret_replay = replay;
    return GW_OK;
}

void gw_replay_free(struct gw_replay *replay)
{
    if (replay == NULL)
        return;
    gw_intake_close(&replay->intake);
    gw_turn_free(replay->turn);
    gw_message_bus_free(replay->bus);
    free(replay);
}

uint64_t gw_replay_rows(const struct gw_replay *replay)
{
    return replay->rows;
}

/* ---- one try -------------------------------------------------------------------------------------------------- */

/* A row for a destination that the file does not name would stay in the outbox for ever. */
static bool has_destination(const struct gw_replay *replay, const struct gw_dead_entry *entry)
{
    return replay->target_count > 0 ||
           gw_bootstrap_destination(replay->offline->bootstrap, entry->letter.entrypoint) != NULL;
}

static enum gw_status add_letter(void *context, const struct gw_dead_entry *entry)
{
    struct gw_replay *replay = context;
    struct letter *letter;

    if (replay->count == GW_REPLAY_MAX_LETTERS)
        return GW_INTERNAL;
    letter = &replay->letters[replay->count++];
    *letter = (struct letter){.id = entry->id,
                              .index = gw_turn_count(replay->turn),
                              .is_command = entry->kind == GW_DEAD_COMMAND,
                              .is_whole = (entry->letter.flags & GW_DEAD_NOT_REPLAYABLE) == 0,
                              .has_destination = has_destination(replay, entry)};
    if (!letter->is_command || !letter->is_whole || replay->target_count > 0)
        return GW_OK;
    return gw_intake_add_replay(&replay->intake, replay->turn, entry);
}

static enum gw_status list(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr)
{
    struct gw_dead_visitor visitor = {.size = sizeof visitor, .context = replay, .entry = add_letter};
    struct gw_dead_filter filter = gw_dlq_filter_ids(ids, count);
    enum gw_status status;

    gw_turn_reset(replay->turn);
    replay->count = 0;
    status = replay->offline->repository->dead_list(replay->offline->session, &filter, &visitor, reterr);
    if (status == GW_NOMEM)
        return gw_error_set(reterr, status, "no memory for the payloads of %u dead letters", count);
    return status;
}

/* After UNKNOWN the same changeset is sent again, until its outcome is known. */
static enum gw_status commit(struct gw_replay *replay, struct gw_error *reterr)
{
    enum gw_status status = gw_turn_commit(replay->turn, reterr);

    for (int tries = 1; status == GW_UNKNOWN && tries < MAX_TRIES; tries++) {
        replay->was_unknown = true;
        (void)gw_thread_pause(&replay->offline->host, PAUSE_MS);
        status = gw_turn_commit(replay->turn, reterr);
        /* This attempt did nothing. Whether the one before did is still open. */
        if (status == GW_TRANSIENT)
            status = GW_UNKNOWN;
    }
    return status;
}

static enum gw_status run_turn(struct gw_replay *replay, struct gw_error *reterr)
{
    uint32_t count = gw_turn_count(replay->turn);
    enum gw_status status;

    if (count == 0)
        return GW_OK;
    status = gw_turn_attempt(replay->turn, 0, count, reterr);
    if (status == GW_OK)
        status = commit(replay, reterr);
    if (status == GW_OK)
        replay->rows += gw_turn_changeset(replay->turn)->effects.count;
    return status;
}

/* Puts the deliveries among the letters back into the outbox. */
static enum gw_status requeue(struct gw_replay *replay, struct gw_error *reterr)
{
    int64_t ids[GW_REPLAY_MAX_LETTERS];
    struct gw_array array = {ids, 0, sizeof ids[0]};
    struct gw_array targets = {replay->targets, replay->target_count, sizeof *replay->targets};
    uint32_t done = 0;
    enum gw_status status;

    for (uint32_t i = 0; i < replay->count; i++)
        if (!replay->letters[i].is_command && replay->letters[i].is_whole && replay->letters[i].has_destination)
            ids[array.count++] = replay->letters[i].id;
    if (array.count == 0)
        return GW_OK;
    status = replay->offline->repository->dead_requeue(replay->offline->session, &array, &targets, gw_stamp_draw(),
                                                       &done, reterr);
    replay->rows += (uint64_t)done * (targets.count > 0 ? targets.count : 1);
    return status;
}

/* ---- reporting ------------------------------------------------------------------------------------------------ */

static void report_letter(const struct gw_replay *replay, int64_t id, enum gw_replay_result result,
                          struct gw_text reason)
{
    replay->visitor->letter(replay->visitor->context, id, result, reason);
}

static void tell_command(const struct gw_replay *replay, const struct letter *letter)
{
    struct gw_turn_result result = gw_turn_result(replay->turn, letter->index);

    if (result.outcome == GW_OUTCOME_APPLIED)
        report_letter(replay, letter->id, GW_REPLAY_APPLIED, result.reason);
    else if (result.outcome == GW_OUTCOME_SKIPPED)
        report_letter(replay, letter->id, GW_REPLAY_SKIPPED, result.reason);
    else
        report_letter(replay, letter->id, GW_REPLAY_REJECTED, result.reason);
}

static void tell_letter(const struct gw_replay *replay, const struct letter *letter)
{
    if (letter->is_command && replay->target_count > 0)
        report_letter(replay, letter->id, GW_REPLAY_NO_DELIVERY, gw_text_of("it is a message: replay it without --to"));
    else if (!letter->is_whole)
        report_letter(replay, letter->id, GW_REPLAY_NOT_WHOLE,
                      gw_text_of("only the beginning of its payload was kept"));
    else if (letter->is_command)
        tell_command(replay, letter);
    else if (!letter->has_destination)
        report_letter(
            replay, letter->id, GW_REPLAY_NOWHERE,
            gw_text_of("the file names no publisher or notifier of this id: it would wait in the outbox for ever; "
                       "--to sends it to another one"));
    else
        report_letter(replay, letter->id, GW_REPLAY_REQUEUED, gw_text_of(NULL));
}

static const struct letter *find_letter(const struct gw_replay *replay, int64_t id)
{
    for (uint32_t i = 0; i < replay->count; i++)
        if (replay->letters[i].id == id)
            return &replay->letters[i];
    return NULL;
}

static void tell_all(const struct gw_replay *replay, const int64_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct letter *letter = find_letter(replay, ids[i]);

        if (letter != NULL)
            tell_letter(replay, letter);
        else if (replay->was_unknown)
            report_letter(
                replay, ids[i], GW_REPLAY_GONE,
                gw_text_of("the connection broke while it was replayed; it was applied, or somebody removed it"));
        else
            report_letter(replay, ids[i], GW_REPLAY_MISSING, gw_text_of("there is no such dead letter, or no longer"));
    }
}

/* ---- a group -------------------------------------------------------------------------------------------------- */

static enum gw_status try_group(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status = list(replay, ids, count, reterr);

    if (status == GW_OK)
        status = run_turn(replay, reterr);
    return status;
}

/* The repository refuses the data of one letter permanently: the letter stays, with this reason. */
static enum gw_status refuse_one(struct gw_replay *replay, struct gw_error *reterr)
{
    struct gw_text reason = gw_text_of(reterr->text);
    enum gw_status status = gw_turn_refuse(replay->turn, 0, reason);

    return status == GW_OK ? run_turn(replay, reterr) : status;
}

/* Replays the letters one by one, so that the data of one letter fail no other. */
static enum gw_status run_each(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    for (uint32_t i = 0; i < count && status == GW_OK; i++)
        status = gw_replay_run(replay, &ids[i], 1, reterr);
    return status;
}

static bool is_passing(enum gw_status status)
{
    return status == GW_CONFLICT || status == GW_TRANSIENT;
}

/* A conflict that remains after this many loads is with rows that contradict each other. */
static bool is_refusal(enum gw_status status)
{
    return status == GW_PERMANENT || status == GW_CONFLICT;
}

enum gw_status gw_replay_run(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr)
{
    enum gw_status status;

    replay->was_unknown = false;
    status = try_group(replay, ids, count, reterr);
    for (int tries = 1; is_passing(status) && tries < MAX_TRIES; tries++) {
        (void)gw_thread_pause(&replay->offline->host, (int64_t)randombytes_uniform(PAUSE_MS));
        status = try_group(replay, ids, count, reterr);
    }
    if ((is_refusal(status) || status == GW_NOMEM) && count > 1)
        return run_each(replay, ids, count, reterr);
    if (is_refusal(status) && gw_turn_count(replay->turn) == 1)
        status = refuse_one(replay, reterr);
    if (status == GW_OK)
        status = requeue(replay, reterr);
    if (status == GW_OK)
        tell_all(replay, ids, count);
    return status;
}
