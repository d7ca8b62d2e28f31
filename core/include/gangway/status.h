/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a function that can fail returns: few values, chosen by what the caller must do next, not by what went wrong.
 * The cause is in the text of a struct gw_error (error.h). Each function says which of these it returns.
 */
#ifndef GANGWAY_STATUS_H
#define GANGWAY_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, word, what the caller does). Numbers are part of the ABI: they are never used again for another. */
#define GW_STATUS_LIST(X)                                                                          \
    X(OK, 0, "ok", "goes on")                                                                      \
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

enum gw_status {
#define GW_STATUS_ENUM(name, number, word, action) GW_##name = number,
    GW_STATUS_LIST(GW_STATUS_ENUM)
#undef GW_STATUS_ENUM
};

/* The word for a status, for logs; "unknown status" for a number that is none. Static storage, any thread. */
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
