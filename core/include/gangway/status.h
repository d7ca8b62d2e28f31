/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a function that can fail returns. There are few values, and what the caller must do next decides between them,
 * not the kind of failure: the text of a struct gw_error (error.h) has the cause. Every function documents which of
 * these it returns. A caller that meets a status that is not documented treats it as INTERNAL.
 *
 * Three of them are easily confused:
 * - TRANSIENT promises that nothing happened: the caller may drop the operation or repeat it later, changed or not.
 * - UNKNOWN promises nothing: the operation may have happened, or may still happen. The caller must send the very same
 *   request again until it gets another status. When the connection is lost after a commit was sent, return UNKNOWN,
 *   never TRANSIENT.
 * - PERMANENT is about these data: another message may succeed. CONFIG is about the environment: no message can
 *   succeed until an operator changes something (a password, a right, a missing topic), so no message may become a
 *   dead letter because of it.
 *
 * A plugin translates the codes of its foreign library in one function, <plugin>_status(), where a comment argues each
 * choice.
 */
#ifndef GANGWAY_STATUS_H
#define GANGWAY_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, word, what the caller does). A number is part of the ABI and is never given to another status. */
#define GW_STATUS_LIST(X)                                                                          \
    X(OK, 0, "ok", "continues")                                                                    \
    X(END, 1, "end", "asks no more: a finite input is exhausted")                                  \
    X(ALREADY, 2, "already", "counts it as done: the effect is there, from us or from another")    \
    X(MOVED, 3, "moved", "reads the positions again and starts the source where they say")         \
    X(CONFLICT, 4, "conflict", "loads again and runs again: somebody else was first")              \
    X(NOT_LOADED, 5, "not loaded", "loads what is named and runs again")                           \
    X(NOT_FOUND, 6, "not found", "reports that there is none")                                     \
    X(INVALID, 7, "invalid", "reports it to whoever supplied the value; nothing was changed")      \
    X(TRANSIENT, 8, "transient", "tries again later, with backoff: nothing happened")              \
    X(UNKNOWN, 9, "unknown", "sends the very same request again: it may or may not have happened") \
    X(PERMANENT, 10, "permanent", "gives these data up: no repetition will help")                  \
    X(UNSUPPORTED, 11, "unsupported", "does without: this implementation cannot do it")            \
    X(CONFIG, 12, "configuration", "stops until an operator has changed something")                \
    X(ABI, 13, "abi", "refuses the plugin: it was built for another core")                         \
    X(NOMEM, 14, "out of memory", "gives the operation up, unchanged")                             \
    X(CANCELLED, 15, "cancelled", "ends: a shutdown was asked for")                                \
    X(INTERNAL, 16, "internal error", "ends the process or the component: an invariant is broken")

/* GW_OK, GW_END ... GW_INTERNAL. In structs that cross the plugin boundary a status is an int32_t. */
enum gw_status {
#define GW_STATUS_ENUM(name, number, word, action) GW_##name = number,
    GW_STATUS_LIST(GW_STATUS_ENUM)
#undef GW_STATUS_ENUM
};

/* The word for a status, for logs; "unknown status" for a number that is not in the list. The string is static: do not
 * free it. Any thread. */
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
