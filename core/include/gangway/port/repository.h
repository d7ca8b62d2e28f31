/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: repository. Where the state lives: few and coarse operations, each one round trip, each easy to implement on
 * anything that can change several records at once or not at all.
 *
 * Life cycle:
 *
 *     open (plugin.h) -> migrate, if the operator or `run` wants it -> claim, for `run` -> open_session, one per thread
 *         a worker's session:   positions, then load and apply for each turn
 *         a relay's session:    lease, then outbox_next and outbox_settle again and again
 *         the housekeeper's:    advance, expire
 *         a verb's:             positions, set_position, forget_position, query, dead_list, dead_discard, dead_requeue
 *     -> close_session, each -> close
 *
 * The structs of each group are in headers of their own: repository_load.h, repository_apply.h (the changeset),
 * repository_queues.h (positions, outbox, dead letters), repository_view.h. Include this one only.
 *
 * One instance serves the whole process; a session belongs to one thread at a time, and every slot that takes a
 * session is called on that thread. Instance slots (migrate, open_session) may be called on any thread, one at
 * a time per instance. A session waits with the host that it was opened with, never otherwise.
 *
 * Reconnecting. A session whose connection broke stays a session and connects again at the next call. Behind the new
 * connection may be another server, at an earlier state, so the caller must forget versions, stamps and outbox numbers
 * before it uses them again. The first of load, apply, lease, outbox_next and outbox_settle after the connection was
 * lost therefore fails, without sending anything over the new connection: with TRANSIENT, with UNKNOWN when the
 * connection broke during the commit of apply, or with CONFLICT from lease. The other slots reconnect silently.
 *
 * Stamps. A version and an outbox number can come a second time, with other contents, when the database returns to an
 * earlier state: a lagging replica is promoted, the server loses its last commits, a dump is restored. A stamp cannot.
 * It is a random number from 1 to GW_STAMP_MAX that the core draws for each changeset, so that a changeset which is
 * sent again carries the same one. apply stores it with each product whose version it raises, and stamp + i with the
 * outbox row of effect i. A repository reports the stamp wherever it reports the version or the number, and compares it
 * wherever it compares them. 0 is the stamp of a product that does not exist, and of what was stored before stamps
 * existed. A repository that notices that a product was changed by other means (a file edited by hand) draws a new
 * stamp for it.
 *
 * Clock. Times are those of the repository: the server's where there is a server, else gw_host.unix_ms. Due times,
 * ages and the times that rows carry are all on that one clock, and the core only passes durations.
 *
 * The plugin keeps no business rule but two, which it enforces by constraints of its own as a second line: a batch
 * never holds more than was purchased (0 <= allocated <= purchased), and an order line (orderid, sku, qty) sits on at
 * most one batch.
 *
 * Borrowing: what a request or changeset points to is valid for the call; what a visitor is given, for that call of
 * the visitor. A visitor function that returns anything but OK ends the operation, which returns that status.
 *
 * Statuses that every session slot may return, beside those that it names: TRANSIENT (nothing happened: the server is
 * away, a lock was not granted in time, a deadlock), CONFIG (an operator has to act: no right, no table, another
 * schema, read-only, the disk of the wrong machine), NOMEM, CANCELLED (the host's wait said so).
 */
#ifndef GANGWAY_PORT_REPOSITORY_H
#define GANGWAY_PORT_REPOSITORY_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/port/repository_apply.h>
#include <gangway/port/repository_load.h>
#include <gangway/port/repository_queues.h>
#include <gangway/port/repository_view.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of gw_plugin.features: optional groups of slots. A repository with a bit has every slot of its group. */
enum {
    GW_REPOSITORY_OUTBOX = 1u << 0,       /* outbox_next, outbox_settle, outbox_figures */
    GW_REPOSITORY_DEAD_LETTERS = 1u << 1, /* dead_list, dead_discard, dead_requeue */
    GW_REPOSITORY_INBOX = 1u << 2,        /* message ids in load and apply, advance, expire */
    GW_REPOSITORY_SHARED = 1u << 3        /* several processes may run on one repository: lease */
};

enum { GW_LEASE_RENEW_MS = 3000 }; /* how often the holder of a lease gives a sign of life */

/* Stamps end here, so that stamp + i always fits. */
#define GW_STAMP_MAX (INT64_C(1) << 62)

/* What one thread does on a repository. The plugin defines the struct, so that its slots take their own type; the core
 * knows pointers to it, from open_session to close_session, and never looks inside. */
struct gw_session;

/* ---- the slots ------------------------------------------------------------------------------------------------ */

struct gw_repository_ops {
    uint32_t size; /* sizeof(struct gw_repository_ops) in the plugin */
    uint32_t reserved;

    /* MUST. Brings the schema up to date, creating it when there is none; several may do so at once. *ret_from and
     * *ret_to are its versions before and after (0: none before). CONFIG: the schema is newer than this plugin, or a
     * sequence is behind its table (see apply). */
    enum gw_status (*migrate)(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                              struct gw_error *reterr);

    /* MUST. Takes the repository for `run`: a second gateway where only one may be is refused here. Released by
     * close. OK; CONFIG: another process runs on it, and the text says which. */
    enum gw_status (*claim)(void *self, struct gw_error *reterr);

    /* MUST. A session for one thread; host is that thread's and outlives the session. CONFIG: no schema, or another, or
     * a sequence is behind its table. */
    enum gw_status (*open_session)(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr);

    /* MUST. Ends a session; NULL is fine. */
    void (*close_session)(struct gw_session *session);

    /* MUST. One round trip: answers everything that the request names. Cost follows the request, not history. A batch
     * or a line is reported as it is stored, also where rows contradict each other: the core finds that and refuses the
     * message. PERMANENT: rows that the request names contradict each other so that they cannot be told; the text names
     * sku and batch. */
    enum gw_status (*load)(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr);

    /*
     * MUST. One round trip, all or nothing. Compared before anything else, in this order: positions, products,
     * absent_refs, ids.
     * OK: committed, durably.
     * ALREADY: every position is at its `next` already; or there is no position, there are ids, and all are known
     *   (this goes before a CONFLICT): it was us, or somebody did our work. Nothing was changed.
     * MOVED: the positions are neither all at `expected` nor all at `next`.
     * CONFLICT: a version, a stamp, an old quantity, a reference, a line or a dead letter is not as the changeset
     *   expects, or some of the ids are known: load again and run again. *reterr names what it is, because a conflict
     *   that fresh loads do not cure is reported with this text: the product by its SKU, the batch by its reference,
     *   the line by its order, the dead letter by its number. Only these are conflicts.
     * CONFIG: a number that the repository draws itself is taken; the text names the sequence and the statement that
     *   repairs it.
     * UNKNOWN: the connection died during the commit. The caller sends the SAME changeset again until OK, ALREADY or
     *   CONFLICT.
     * PERMANENT: these data are refused, though the state was just loaded: whatever else a constraint refuses, or a
     *   value too large.
     */
    enum gw_status (*apply)(struct gw_session *session, const struct gw_changeset *changeset,
                            struct gw_apply_result *ret_result, struct gw_error *reterr);

    /* MUST. The position of each source (of struct gw_text) that has one; of all when there are none in the array. */
    enum gw_status (*positions)(struct gw_session *session, const struct gw_array *sources,
                                const struct gw_position_visitor *visitor, struct gw_error *reterr);

    /* MUST. Sets the position of a source, whatever it was, and forgets its mark. For an operator. INVALID: next is
     * negative. */
    enum gw_status (*set_position)(struct gw_session *session, struct gw_text source, int64_t next,
                                   struct gw_error *reterr);

    /* MUST. Forgets the position of a source that will not be read again: its input has ended and cannot be opened
     * again, or an operator says so. NOT_FOUND: it has none. */
    enum gw_status (*forget_position)(struct gw_session *session, struct gw_text source, struct gw_error *reterr);

    /* MUST. The read side. UNSUPPORTED: it does not know this view. */
    enum gw_status (*query)(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                            const struct gw_view_visitor *visitor, struct gw_error *reterr);

    /*
     * INBOX: MUST. The running time: how many milliseconds gateways have run on this repository so far. It decides when
     * a message id is forgotten, because a wall clock that is set forward would forget all of them at once. When the
     * running time is still seen_ms, adds add_ms to it (a compare-and-set: of several gateways one succeeds, so that it
     * never grows faster than time passes). *ret_running_ms is the running time afterwards. add_ms 0 only reads it.
     * apply stores each message id with the running time of that moment.
     */
    enum gw_status (*advance)(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                              struct gw_error *reterr);

    /* INBOX: MUST. Forgets message ids that were stored at a running time below before_running_ms, the oldest first, at
     * most limit of them. Cost follows the ids that it forgets. */
    enum gw_status (*expire)(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                             struct gw_error *reterr);

    /*
     * OUTBOX: MUST. The pending rows of a destination in the order of their numbers: those above `after` that are due,
     * at most limit. Looking needs no lease. A row whose due time is more than longest_wait_ms away is due too: a clock
     * was set back, or the settings were other ones. *ret_due_in_ms: of the rows above `after` that are not due yet,
     * how long the earliest still waits; GW_DUE_NEVER when there is none. To a visitor that wants numbers a repository
     * MAY report bare rows, where that is cheaper; order and limit are the same. The caller then uses rows that it
     * knows from their apply, when number and stamp are equal.
     */
    enum gw_status (*outbox_next)(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                                  int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor,
                                  int64_t *ret_due_in_ms, struct gw_error *reterr);

    /*
     * OUTBOX: MUST. Records settlements (of struct gw_outbox_settlement, in the order of the rows) in one transaction.
     * One whose block is gone, has another stamp or stands elsewhere is skipped. stamp: a new one for each call; the
     * rows that the call makes for targets get stamp, stamp + 1 and so on, in the order of refusals and targets.
     *
     * INVALID: `from` is above `to`, or there are more refusals than events. SHARED: CONFLICT: the session does not
     * hold the destination's lease, or no longer. Nothing was recorded then.
     */
    enum gw_status (*outbox_settle)(struct gw_session *session, struct gw_text destination,
                                    const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr);

    /* OUTBOX: MUST. How many rows each destination has, those of destinations that no graph knows too. */
    enum gw_status (*outbox_figures)(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                     struct gw_error *reterr);

    /*
     * SHARED: MUST. Makes this session the one that delivers a destination's rows. A session may hold the leases of
     * several destinations; the lease ends when it gives up the session (close_session), or when the repository no
     * longer hears of it, because its process, its host or the connection died.
     *
     * It is the holder's sign of life too: who has the lease calls again every GW_LEASE_RENEW_MS, whatever else it
     * waits for, and trusts it no longer than that after the last OK of lease or outbox_settle. So each call asks the
     * repository and does not answer from memory. A repository may take the lease from a session that was silent for
     * several times as long.
     *
     * OK: this session has it, now or still. CONFLICT: another session has it, or this one had it and finds it lost;
     * then what it read under the lease may have been delivered by others, and the next call tries to get it again.
     * TRANSIENT: the server is away, and with the connection the lease is lost.
     */
    enum gw_status (*lease)(struct gw_session *session, struct gw_text destination, struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. The entries that the filter matches, in the order of their ids. */
    enum gw_status (*dead_list)(struct gw_session *session, const struct gw_dead_filter *filter,
                                const struct gw_dead_visitor *visitor, struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. Drops the entries of these ids (of int64_t); *ret_count of them were there. */
    enum gw_status (*dead_discard)(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                                   struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. Puts entries of kind DELIVERY (ids of int64_t) back into the outbox with their old
     * idempotency keys, sequences and times of the event, no attempt made, due at once, and drops them here; *ret_count
     * of them were there. stamp: a new one for each call; the j-th row gets stamp + j. */
    enum gw_status (*dead_requeue)(struct gw_session *session, const struct gw_array *ids, int64_t stamp,
                                   uint32_t *ret_count, struct gw_error *reterr);
};

#ifdef __cplusplus
}
#endif

#endif
