/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status that a function returns. There are few, and they are chosen by what the caller must do next, not by the
 * kind of failure: the text of a struct gw_error (error.h) has the cause. Every function documents which of these it
 * returns. A caller treats a status that is not documented as INTERNAL.
 *
 * When to return which:
 *
 *   OK           The operation succeeded.
 *   END          A finite input, such as a file, is exhausted.
 *   ALREADY      The effect exists already: an earlier attempt was committed, or another gateway did the work.
 *   MOVED        The position of a source in the repository is not where this worker expects it.
 *   CONFLICT     Another writer changed what the caller read, or holds the lease.
 *   NOT_LOADED   The operation needs something that was not loaded.
 *   NOT_FOUND    What the caller named does not exist.
 *   INVALID      A value that somebody supplied is wrong: a field of a command, an argument of a verb.
 *   TRANSIENT    A lost connection, a timeout, a deadlock, a full mailbox, a broker without a leader.
 *   UNKNOWN      The connection was lost after a commit was sent and before its answer came.
 *   PERMANENT    A message is too large, a constraint refuses a value, a recipient does not exist.
 *   UNSUPPORTED  This implementation lacks an optional function.
 *   CONFIG       A wrong password, a missing right, topic or table, another schema version, a read-only server.
 *   ABI          A plugin was built for another version of the interface.
 *   NOMEM        An allocation failed. Nothing was changed.
 *   CANCELLED    The process is shutting down; host->wait returns it.
 *   INTERNAL     An invariant of this program is broken.
 *
 * Three of them are easily confused:
 * - TRANSIENT promises that nothing happened. The caller may drop the operation, or repeat it later, changed or not.
 * - UNKNOWN promises nothing: the operation may have happened, or may still happen. The caller must send the very same
 *   request again until it gets another status. When the connection is lost after a commit was sent, return UNKNOWN,
 *   never TRANSIENT.
 * - PERMANENT is about the data: another message may succeed. CONFIG is about the environment: no message can succeed
 *   until an operator changes something, so no message may become a dead letter because of it.
 *
 * A plugin translates the codes of its foreign library in one function, <plugin>_status(), where a comment gives the
 * reason for each choice.
 */
#ifndef GANGWAY_STATUS_H
#define GANGWAY_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, number, word, what the caller does). A number is part of the ABI and is never given to another status. A new
 * status gets the next number and raises the minor version of the ABI, because an older core treats it as INTERNAL.
 */
#define GW_STATUS_LIST(X)                                                                          \
    X(OK, 0, "ok", "continues")                                                                    \
    X(END, 1, "end", "stops reading: a finite input is exhausted")                                 \
    X(ALREADY, 2, "already", "counts it as done: the effect exists, from us or from another")      \
    X(MOVED, 3, "moved", "reads the positions again and starts the source there")                  \
    X(CONFLICT, 4, "conflict", "loads again and repeats: another writer was first")                \
    X(NOT_LOADED, 5, "not loaded", "loads what is named and repeats")                              \
    X(NOT_FOUND, 6, "not found", "reports that it does not exist")                                 \
    X(INVALID, 7, "invalid", "reports it to whoever supplied the value; nothing was changed")      \
    X(TRANSIENT, 8, "transient", "repeats later, with backoff: nothing happened")                  \
    X(UNKNOWN, 9, "unknown", "sends the very same request again: it may or may not have happened") \
    X(PERMANENT, 10, "permanent", "gives up these data: repeating does not help")                  \
    X(UNSUPPORTED, 11, "unsupported", "does without: this implementation cannot do it")            \
    X(CONFIG, 12, "configuration", "stops until an operator has changed something")                \
    X(ABI, 13, "abi", "refuses the plugin: it was built for another core")                         \
    X(NOMEM, 14, "out of memory", "gives up the operation, unchanged")                             \
    X(CANCELLED, 15, "cancelled", "ends: a shutdown was requested")                                \
    X(INTERNAL, 16, "internal error", "ends the process or the component: an invariant is broken")

/* GW_OK, GW_END ... GW_INTERNAL. GW_OK is 0, so memory that is set to zero contains no failure. In structs that cross
 * the plugin boundary a status is an int32_t, because the size of an enum depends on the compiler. */
enum gw_status {
#define GW_STATUS_ENUM(name, number, word, action) GW_##name = number,
    GW_STATUS_LIST(GW_STATUS_ENUM)
#undef GW_STATUS_ENUM
};

/* The word for a status, for logs; "unknown status" for a number that is not in the list. It is not for decisions: code
 * compares the number. The string is static, so do not free it. Any thread. */
static inline const char *gw_status_word(int status)
{
    switch (status) {
#define GW_STATUS_CASE(name, number, word, action) \
    case number:                                   \
        return word;
        GW_STATUS_LIST(GW_STATUS_CASE)
#undef GW_STATUS_CASE
    default:
        return "unknown status";
    }
}

#ifdef __cplusplus
}
#endif

#endif
