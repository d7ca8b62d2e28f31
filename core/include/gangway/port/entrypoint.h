/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: entrypoint. Reads commands from a topic, a queue, a file or HTTP and hands them to the core as messages.
 *
 * Life cycle
 *
 *   open       Allocates the instance. It does not connect: poll does.
 *   poll       Gives messages to the sink. For an input with order it first opens each source (a partition, a file)
 *              with sink->opened.
 *   start      ORDERED only. The core has read the position of each opened source from the repository and says at which
 *              offset to begin. A source delivers nothing before start has accepted it.
 *   settle     The core has committed the messages of the last poll, or gives them back, and reports the outcome of
 *              each. poll and settle alternate.
 *   keepalive  Runs between poll and settle, while the worker waits for the repository or for its backoff.
 *   close      Runs once, after the last settle.
 *
 *     poll -> opened(orders[0]) -> start(orders[0] at 4711) -> poll -> 500 messages -> settle(500) -> poll ...
 *
 * Division of labour: an entrypoint knows its protocol and nothing of commands. It decodes no payload, removes no
 * duplicates and stores no positions; the core does all three. It never decides the outcome of a message.
 *
 * Threads: one instance belongs to one worker. Every slot runs on that worker's thread, close included, so an
 * entrypoint needs no locks. `gangway check` and `gangway positions` open an instance that never polls; they use and
 * close it on one other thread. An entrypoint waits with host->wait only, because that call keeps the worker's other
 * duties alive and returns CANCELLED at shutdown.
 *
 * Ownership: a message, and all that it points to, belongs to the entrypoint and stays unchanged until its settle has
 * returned (gangway/message.h). Starts and settlements belong to the core and are borrowed for the call.
 *
 * Units: timeout_ms is a duration in milliseconds. Offsets are numbers of the source: a Kafka offset, a byte position.
 *
 * Statuses: each slot lists those that it may return, and the cause of each.
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
    /* The input has sources with positions: the slot start exists, and messages carry source, offset and next. */
    GW_ENTRYPOINT_ORDERED = 1u << 0,

    /* The sender waits for an answer. A refused message is answered (REJECTED) and does not become a dead letter. */
    GW_ENTRYPOINT_ANSWERS = 1u << 1,

    /* Two workers cannot share the input. The core refuses a bootstrap file that gives it more than one worker. */
    GW_ENTRYPOINT_SINGLE = 1u << 2
};

/* Offsets of a source that hold no message and never will, such as the control records of a topic or the records of an
 * aborted transaction. */
struct gw_passed {
    struct gw_text source;

    /* The offset behind the last message that was given; before the first message, the offset of start. */
    int64_t from;

    /* The next offset that may hold a message. */
    int64_t next;

    /* The mark of the last record before next, as in struct gw_message. has_mark 0: it has none. */
    uint64_t mark;
    uint32_t has_mark;
    uint32_t reserved;
};

/* Receives what poll found. Belongs to the core and is valid for that poll. Each function returns OK or NOMEM; after
 * NOMEM poll returns NOMEM at once. */
struct gw_entrypoint_sink {
    uint32_t size;
    uint32_t reserved;
    void *context;

    /* Takes a message. What it points to must stay valid and unchanged until the message is settled; the struct itself
     * is read during the call only. */
    enum gw_status (*message)(struct gw_entrypoint_sink *sink, const struct gw_message *message);

    /* Reports that a source was opened, such as a partition that was assigned. The core calls start for it after this
     * poll. The core copies the name. */
    enum gw_status (*opened)(struct gw_entrypoint_sink *sink, struct gw_text source);

    /* Reports that a source was revoked, such as a partition that a rebalance gave to another member. The core applies
     * none of its messages from then on, those of this poll included. */
    enum gw_status (*closed)(struct gw_entrypoint_sink *sink, struct gw_text source);

    /* Reports that no message lies between passed->from and passed->next. When all messages before it are committed,
     * the core moves the stored position to next. Otherwise a broker's retention could delete those offsets, and the
     * gap would look like lost messages. */
    enum gw_status (*passed)(struct gw_entrypoint_sink *sink, const struct gw_passed *passed);
};

/* Where to start one source, and what came of it. The core fills the struct, the plugin answers in the members that
 * are marked out. */
struct gw_start {
    struct gw_text source;

    /* In: the next offset to deliver, or GW_OFFSET_NONE when the repository has no position of the source. Out: the
     * plugin replaces GW_OFFSET_NONE by the offset at which it begins, so that the core can store it before the first
     * message. */
    int64_t offset;

    /* In: the mark of the last message before offset. has_mark 0: there is none to compare. */
    uint64_t mark;
    uint32_t has_mark;

    /*
     * Out: enum gw_status; OK as the core gives it.
     * OK: the source delivers from offset on.
     * CONFIG: the record before offset has another mark, or does not exist: the file was replaced or the topic was
     *   recreated. An operator must decide.
     * TRANSIENT: the source cannot be read at the moment.
     * A source that is not OK delivers nothing. The core calls start for it again, with the position that is stored
     * then, at least every ten seconds.
     */
    int32_t status;

    /* Out: 1 when the source can be read only once (standard input, a pipe). The core deletes its position when the
     * source closes or the worker ends. */
    uint32_t is_once;
    uint32_t reserved;

    /* Out, when status is not OK: what was expected and what was found, NUL-terminated. The core adds the name of the
     * source and what the operator can do. */
    char reason[240];
};

/* Sets status and reason of a source that cannot start. The text is cut to the size of reason. */
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
 * add some, so treat an unknown one as INVALID_FIELD.
 */
#define GW_REASON_LIST(X)                                                                                       \
    X(NONE, 0, "none")                       /* the message was not refused, or its reason was not kept */      \
    X(MALFORMED, 1, "malformed")             /* the payload is no JSON object, or the envelope has no data */   \
    X(TOO_LARGE, 2, "too large")             /* the message exceeds the limit of its entrypoint */              \
    X(AMBIGUOUS, 3, "ambiguous")             /* a header that decides command, id or form is repeated */        \
    X(UNKNOWN_COMMAND, 4, "unknown command") /* the message names no command, or one that does not exist */     \
    X(INVALID_FIELD, 5, "invalid field")     /* a field of the command is missing, or its value is not valid */ \
    X(ID_REUSED, 6, "id reused")             /* the message id was used before with another body */             \
    X(UNKNOWN_PRODUCT, 7, "unknown product") /* no product has the SKU */                                       \
    X(UNKNOWN_BATCH, 8, "unknown batch")     /* no batch has the reference */                                   \
    X(REFERENCE_TAKEN, 9, "reference taken") /* a batch of another SKU has the reference */                     \
    X(CORRUPT_ROWS, 10, "corrupt rows")      /* the stored rows of the product contradict each other */         \
    X(NOT_STORED, 11, "not stored")          /* the repository refuses the change permanently */

/* GW_REASON_NONE, GW_REASON_MALFORMED ... In structs a reason is a uint32_t. */
enum gw_reason {
#define GW_REASON_ENUM(name, number, word) GW_REASON_##name = number,
    GW_REASON_LIST(GW_REASON_ENUM)
#undef GW_REASON_ENUM
};

/* The word for a reason; "unknown reason" for a number that is not in the list. The string is static: do not free it.
 * Any thread. */
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

/* The outcome of one message. Belongs to the core and is valid for the call of settle. */
struct gw_settlement {
    /* The handle that poll gave with the message. */
    uint64_t handle;

    /* enum gw_outcome (gangway/message.h). */
    uint32_t outcome;

    /* DUPLICATE: the enum gw_outcome of the first message with this id. Otherwise 0. */
    uint32_t recorded_outcome;

    /* For people: why the message was refused; of a DUPLICATE, why the first message was. Otherwise empty. */
    struct gw_text reason;

    /* enum gw_reason. NONE for a DUPLICATE, because only outcome and text of the first message are kept. */
    uint32_t reason_code;
    uint32_t reserved;
};

/* The slots. MUST: the loader refuses a plugin without it. MAY: NULL where the plugin does without. */
struct gw_entrypoint_ops {
    uint32_t size; /* sizeof(struct gw_entrypoint_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. Gives the sink what is available now, up to max messages. It waits, up to timeout_ms, only while it has
     * neither a message nor a source to report. It connects when there is no connection.
     *
     * OK: the sink has what was found, perhaps nothing.
     * END: a finite input is exhausted, and every message was settled or is in this poll.
     * TRANSIENT: the other side is not reachable. The core logs it, backs off and polls again.
     * CONFIG: an operator has to act (a missing file, a missing right). The core does the same, with an error record.
     * PERMANENT: a finite input is refused as a whole, and another poll cannot change that (its first row names no
     *   columns, or it was truncated while it was read). The core logs the reason once and this worker ends as failed.
     *   The other workers continue, and `run` ends with status 1 when all have ended.
     * NOMEM: the core backs off and polls again.
     * CANCELLED: host->wait returned it.
     */
    enum gw_status (*poll)(void *self, uint32_t max, int64_t timeout_ms, struct gw_entrypoint_sink *sink,
                           struct gw_error *reterr);

    /*
     * MUST. Takes the outcomes of messages, in the order in which poll gave them. The repository has committed them,
     * except those that are RETURNED: at a shutdown, or when their source was closed or starts again. When settle
     * returns, the core no longer reads the messages, whatever the status. settle also runs during a shutdown;
     * host->wait then still waits, for some seconds, as it does in close.
     *
     * OK: the other side knows (acknowledged, offset committed), or there is nothing to tell it.
     * TRANSIENT: the other side could not be reached. It may deliver the messages again, and the core will recognise
     *   them as duplicates. The core logs this.
     * NOMEM: as TRANSIENT.
     */
    enum gw_status (*settle)(void *self, const struct gw_settlement *settlements, uint32_t count,
                             struct gw_error *reterr);

    /*
     * ORDERED: MUST. Starts opened sources at the given offsets, and seeks sources that already run. Sources that were
     * opened together come in one call; those that could not start come again without the others. The plugin writes
     * offset and status of each struct gw_start.
     *
     * OK: each source has its status, and those with status OK deliver from now on.
     * TRANSIENT, NOMEM, CANCELLED: no source has started; the core calls start again for all of them.
     */
    enum gw_status (*start)(void *self, struct gw_start *starts, uint32_t count, struct gw_error *reterr);

    /* MAY. Sends the heartbeats of the protocol. The core calls it once a second while the worker waits for something
     * else. It must return at once, and may use no sink: it gives no message, and opens and closes no source. */
    void (*keepalive)(void *self);

    /* MAY, for finite inputs. Reports how much of the input was read, in any unit. *ret_total is 0 while the total is
     * unknown. The core shows the ratio to the operator; it calls this after a settle. */
    void (*progress)(void *self, uint64_t *ret_done, uint64_t *ret_total);

    /*
     * ORDERED: MAY. Resolves the words `earliest` and `latest` for `gangway positions --set`. It consumes nothing and
     * is called on an instance that never polls.
     *
     * OK: *ret_offset is the offset.
     * NOT_FOUND: this input has no such source.
     * UNSUPPORTED: this input does not know the word.
     * TRANSIENT: the other side is not reachable; nothing was changed.
     */
    enum gw_status (*resolve)(void *self, struct gw_text source, struct gw_text word, int64_t *ret_offset,
                              struct gw_error *reterr);
};

#ifdef __cplusplus
}
#endif

#endif
