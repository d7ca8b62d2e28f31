/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays dead letters. A command runs in a turn whose entrypoint is the list of dead letters: the letter is removed in
 * the same changeset as the effects. A delivery goes back into the outbox, for its own destination or another one. If
 * another process changes the same products, the group is loaded and run again. Main thread.
 */
#ifndef GW_CLI_VERBS_REPLAY_H
#define GW_CLI_VERBS_REPLAY_H

#include "cli/offline.h"

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

enum { GW_REPLAY_MAX_LETTERS = 100 };

/* X(name, word, is a failure) */
#define GW_REPLAY_RESULT_LIST(X)                                                                \
    X(APPLIED, "applied", false)                                                                \
    X(SKIPPED, "skipped", false)         /* there was nothing to do; the letter is removed */   \
    X(REQUEUED, "requeued", false)       /* the delivery is in the outbox again */              \
    X(GONE, "gone", false)               /* the letter was removed during the replay */         \
    X(REJECTED, "rejected", true)        /* refused again; the letter stays, with the reason */ \
    X(NOT_WHOLE, "not replayable", true) /* its payload is cut */                               \
    X(NOWHERE, "no destination", true)   /* the file does not name its destination */           \
    X(NO_DELIVERY, "no delivery", true)  /* a command, which goes to no other destination */    \
    X(MISSING, "not found", true)

enum gw_replay_result {
#define GW_REPLAY_RESULT_ENUM(name, word, is_failure) GW_REPLAY_##name,
    GW_REPLAY_RESULT_LIST(GW_REPLAY_RESULT_ENUM)
#undef GW_REPLAY_RESULT_ENUM
};

const char *gw_replay_result_word(enum gw_replay_result result);
bool gw_replay_is_failure(enum gw_replay_result result);

struct gw_replay;

/* Receives the result of each letter once it is settled. reason is empty if there is none. */
struct gw_replay_visitor {
    void *context;
    void (*letter)(void *context, int64_t id, enum gw_replay_result result, struct gw_text reason);
};

/* Borrows offline, which has a session, and visitor. to: the destination that gets the deliveries, each recipient of a
 * notifier; commands then stay. NULL: their own destinations. OK, NOMEM. */
enum gw_status gw_replay_new(struct gw_offline *offline, const struct gw_component *to,
                             const struct gw_replay_visitor *visitor, struct gw_replay **ret_replay,
                             struct gw_error *reterr);
void gw_replay_free(struct gw_replay *replay);

/* Replays up to GW_REPLAY_MAX_LETTERS letters in the order of their ids. OK; a status of the repository that remains
 * after several attempts; NOMEM; INTERNAL. Letters that were not reported to the visitor are unchanged or, after
 * UNKNOWN, possibly changed. */
enum gw_status gw_replay_run(struct gw_replay *replay, const int64_t *ids, uint32_t count, struct gw_error *reterr);

/* How many outbox rows were created or requeued. */
uint64_t gw_replay_rows(const struct gw_replay *replay);

#endif
