/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead letters run again. A command is a turn whose entrypoint is the list of dead letters: its removal is in the same
 * changeset as its effects. A delivery goes back into the outbox. Whoever runs at the same time may be first: then it
 * is loaded and run again. Main thread.
 */
#ifndef GW_CLI_VERBS_REPLAY_H
#define GW_CLI_VERBS_REPLAY_H

#include "cli/offline.h"

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

enum { GW_REPLAY_MAX_LETTERS = 100 };

/* X(name, word, it is no success) */
#define GW_REPLAY_RESULT_LIST(X)                                                             \
    X(APPLIED, "applied", false)                                                             \
    X(SKIPPED, "skipped", false)         /* there was nothing to do; it goes all the same */ \
    X(REQUEUED, "requeued", false)       /* a delivery waits in the outbox again */          \
    X(GONE, "gone", false)               /* removed while it was replayed */                 \
    X(REJECTED, "rejected", true)        /* again: it stays, with the reason */              \
    X(NOT_WHOLE, "not replayable", true) /* its payload was cut */                           \
    X(NOWHERE, "no destination", true)   /* the file does not name where it was to go */     \
    X(MISSING, "not found", true)

enum gw_replay_result {
#define GW_REPLAY_RESULT_ENUM(name, word, is_failure) GW_REPLAY_##name,
    GW_REPLAY_RESULT_LIST(GW_REPLAY_RESULT_ENUM)
#undef GW_REPLAY_RESULT_ENUM
};

const char *gw_replay_result_word(enum gw_replay_result result);
bool gw_replay_is_failure(enum gw_replay_result result);

struct gw_replay;

/* Told about each letter once it is settled; reason is empty where there is nothing to say. */
struct gw_replay_visitor {
    void *context;
    void (*letter)(void *context, int64_t id, enum gw_replay_result result, struct gw_text reason);
};

/* Borrows offline, which has a session, and visitor. NOMEM. */
enum gw_status gw_replay_new(struct gw_offline *offline, const struct gw_replay_visitor *visitor,
                             struct gw_replay **ret_replay, struct gw_error *reterr);
void gw_replay_free(struct gw_replay *replay);

/* Replays up to GW_REPLAY_MAX_LETTERS letters, in the order of their ids. Statuses of the repository that remain after
 * several tries; NOMEM; INTERNAL. What the visitor was not told of has not changed, or it is not known (UNKNOWN). */
enum gw_status gw_replay_run(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr);

/* How many outbox rows it made or put back. */
uint64_t gw_replay_rows(const struct gw_replay *replay);

#endif
