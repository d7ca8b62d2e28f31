/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: entrypoint. Where commands come from: a topic, a queue, a file, HTTP.
 *
 * One instance belongs to one worker, and every slot is called on that worker's thread, close included, after the last
 * settle. An instance that never polls (check, resolve) is opened, used and closed on one other thread. So an
 * entrypoint needs no locks. It never waits by itself: it waits with host->wait. It never decides what becomes of a
 * message: the core does, and reports that with settle.
 *
 * Life cycle
 *
 *   open      Allocates. Connecting is poll's.
 *   poll      Gives messages to the sink. A source (a partition, a file) that keeps order is opened with sink->opened.
 *   start     The core has read the source's position, which it keeps in the repository, and says from where to read. A
 *             source delivers nothing before.
 *   settle    The core has applied the messages, and says what became of each. poll and settle alternate in a turn.
 *   keepalive In between, while the worker waits for the repository or for its backoff.
 *   close     After the last settle.
 *
 * Ownership: messages are the entrypoint's until they are settled (gangway/message.h); starts and settlements are the
 * core's, and borrowed for the call.
 *
 * Units: timeout_ms is a duration in milliseconds; offsets are the source's own numbers.
 */
#ifndef GANGWAY_PORT_ENTRYPOINT_H
#define GANGWAY_PORT_ENTRYPOINT_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/message.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of gw_plugin.features. */
enum {
    GW_ENTRYPOINT_ORDERED = 1u << 0, /* has sources with positions: start is there */
    GW_ENTRYPOINT_ANSWERS = 1u << 1, /* the sender waits: a rejection is its answer, not a dead letter */
    GW_ENTRYPOINT_SINGLE = 1u << 2   /* its input cannot be shared: more than one worker is refused */
};

/* A source is further than its last message: what lies between is none and never becomes one (a control record, the
 * records of a transaction that was aborted). */
struct gw_passed {
    struct gw_text source;
    int64_t from;  /* behind the last message that was given, or where it was started */
    int64_t next;  /* the next offset that may hold a message */
    uint64_t mark; /* as a message's: of the last one before next; it may tell how far before */
    uint32_t has_mark;
    uint32_t reserved;
};

/* Where poll puts what it found. The functions return OK, or NOMEM: poll then returns NOMEM at once. */
struct gw_entrypoint_sink {
    uint32_t size;
    uint32_t reserved;
    void *context;

    /* A message. It, and all that it points to, stays valid and unchanged until it was settled; the struct itself
     * only during the call. */
    enum gw_status (*message)(struct gw_entrypoint_sink *sink, const struct gw_message *message);

    /* A source was opened; start will say from where. The name is copied. */
    enum gw_status (*opened)(struct gw_entrypoint_sink *sink, struct gw_text source);

    /* A source was taken away: its messages, in this turn too, are no longer ours. */
    enum gw_status (*closed)(struct gw_entrypoint_sink *sink, struct gw_text source);

    /* From passed->from to passed->next there is no message. When all before it is applied, the core moves the stored
     * position there, so that nobody takes what is deleted of it later for messages that were lost. */
    enum gw_status (*passed)(struct gw_entrypoint_sink *sink, const struct gw_passed *passed);
};

/* From where one source is to be read. */
struct gw_start {
    struct gw_text source;
    int64_t offset;    /* in: the next offset to deliver, or GW_OFFSET_NONE when the repository has none stored: the
                          plugin resolves its own beginning and writes the number here, so that the core can store it
                          before the first message */
    uint64_t mark;     /* of the last message before offset */
    uint32_t has_mark; /* 1: compare mark with what is there; 0: there is nothing to compare */
    int32_t status;    /* out: enum gw_status, OK as it is given. CONFIG: what stands before the offset is not what was
                          read there (a file that was replaced, a topic that was created again), or cannot be found:
                          the source delivers nothing until an operator decides, and the core asks again now and then,
                          with what is stored then. TRANSIENT: this one cannot be looked at now; the same */
    uint32_t is_once;  /* out: 1: the source can be read only this once (standard input, a pipe). The core forgets its
                          position when it is closed, or when the worker ends */
    uint32_t reserved;
    char reason[240]; /* out, where status is not OK: what was found and what was expected, NUL-terminated; the core
                         adds the source's name, and what an operator can do */
};

/* Says that this source cannot start, and why. */
GW_PRINTF(3, 4)
static inline void gw_start_refuse(struct gw_start *start, enum gw_status status, const char *format, ...)
{
    va_list arguments;

    start->status = (int32_t)status;
    va_start(arguments, format);
    if (vsnprintf(start->reason, sizeof start->reason, format, arguments) < 0)
        start->reason[0] = '\0';
    va_end(arguments);
}

/*
 * X(name, number, word): why a message was refused, for a protocol that answers with a code of its own (an HTTP status,
 * an AMQP condition). The text of the settlement is for people. Numbers are part of the ABI; a later minor version may
 * add some, so an unknown one is to be treated as INVALID_FIELD is.
 */
#define GW_REASON_LIST(X)                                                                                       \
    X(NONE, 0, "none")                       /* it was not refused; or nothing is known of it any more */       \
    X(MALFORMED, 1, "malformed")             /* its payload is no JSON object, or its envelope has no data */   \
    X(TOO_LARGE, 2, "too large")             /* it is longer than its entrypoint takes */                       \
    X(AMBIGUOUS, 3, "ambiguous")             /* a header that decides command, id or form is repeated */        \
    X(UNKNOWN_COMMAND, 4, "unknown command") /* no command has the name that it says, or it says none */        \
    X(INVALID_FIELD, 5, "invalid field")     /* a field of the command is missing, or its value is not valid */ \
    X(ID_REUSED, 6, "id reused")             /* its id was used before with another body */                     \
    X(UNKNOWN_PRODUCT, 7, "unknown product") /* no product has its SKU */                                       \
    X(UNKNOWN_BATCH, 8, "unknown batch")     /* no batch has its reference */                                   \
    X(REFERENCE_TAKEN, 9, "reference taken") /* its batch reference belongs to another SKU */                   \
    X(CORRUPT_ROWS, 10, "corrupt rows")      /* the stored rows of its product contradict each other */         \
    X(NOT_STORED, 11, "not stored")          /* the repository refuses what it would change, for good */

enum gw_reason {
#define GW_REASON_ENUM(name, number, word) GW_REASON_##name = number,
    GW_REASON_LIST(GW_REASON_ENUM)
#undef GW_REASON_ENUM
};

/* The word for a reason; "unknown reason" for a number that is none. Static storage, any thread. */
static inline const char *gw_reason_word(uint32_t reason)
{
    switch (reason) {
#define GW_REASON_CASE(name, number, word) \
    case number:                           \
        return word;
        GW_REASON_LIST(GW_REASON_CASE)
#undef GW_REASON_CASE
    default:
        return "unknown reason";
    }
}

/* What became of a message. */
struct gw_settlement {
    uint64_t handle;           /* of the message, as poll gave it */
    uint32_t outcome;          /* enum gw_outcome */
    uint32_t recorded_outcome; /* DUPLICATE: enum gw_outcome of the first message with this id; else 0 */
    struct gw_text reason;     /* for people: why it was refused; of a DUPLICATE, why the first one was; else empty */
    uint32_t reason_code;      /* enum gw_reason; NONE for a DUPLICATE, of whose first only outcome and text are kept */
    uint32_t reserved;
};

struct gw_entrypoint_ops {
    uint32_t size; /* sizeof(struct gw_entrypoint_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. Gives the sink up to max messages that are there now; waits, up to timeout_ms, only while there is
     * nothing at all (neither a message nor a source to report). Connects when it has to.
     * OK: whatever was given, maybe nothing.
     * END: a finite input is exhausted, and everything that was given is settled or in this turn.
     * TRANSIENT: the other side is away; the core tells the operator, backs off and polls again.
     * CONFIG: an operator has to act (no such file, no right); the same, said louder.
     * PERMANENT: a finite input is refused as a whole, and polling again cannot change that (its first row names no
     *   columns, it was truncated while it was read). The core logs the reason once and ends this worker as failed; the
     *   other workers continue, and `run` ends with status 1 when all have ended.
     * NOMEM, CANCELLED.
     */
    enum gw_status (*poll)(void *self, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr);

    /*
     * MUST. What became of messages, in the order in which poll gave them: after the database has it, or RETURNED
     * without: at a shutdown, or when their source was closed or is to start again. The messages are no longer borrowed
     * when it returns. OK; TRANSIENT: the other side could not be told (it will deliver again, and the core will know
     * them); NOMEM. Called at a shutdown too: host->wait then still waits, for some seconds, as it does in close.
     */
    enum gw_status (*settle)(void *self, const struct gw_settlement *settlements, uint32_t count,
                             struct gw_error *reterr);

    /*
     * ORDERED: MUST. Starts opened sources where their positions say, or seeks those that run; all that were opened
     * together come together, those that could not start come again alone. Writes the resolved offset of those that had
     * none, and the status of each. OK: each has its status, those that are OK run; TRANSIENT, NOMEM, CANCELLED: asked
     * again later, for all of them. A source that is not OK delivers nothing, also when it ran before.
     */
    enum gw_status (*start)(void *self, struct gw_start *starts, uint32_t count, struct gw_error *reterr);

    /* MAY. Heartbeats, once a second while the worker waits for something else. Gives no message, opens and closes no
     * source. */
    void (*keepalive)(void *self);

    /* MAY, for finite inputs. How far it has come, in any unit; *ret_total 0 when it is not known. Called on the
     * worker's thread, between turns. */
    void (*progress)(void *self, uint64_t *ret_done, uint64_t *ret_total);

    /* ORDERED: MAY. Resolves the words `earliest` and `latest` for `gangway positions --set`, without consuming. OK,
     * NOT_FOUND when it has no such source, TRANSIENT, UNSUPPORTED. Called on an instance that never polls. */
    enum gw_status (*resolve)(void *self, struct gw_text source, struct gw_text word, int64_t *ret_offset,
                              struct gw_error *reterr);
};

#ifdef __cplusplus
}
#endif

#endif
