/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: repository. Stores the state: stock, positions, message ids, the outbox and the dead letters. The operations
 * are few and coarse. Each takes one round trip, and any storage with atomic changes of several records can implement
 * them.
 *
 * Life cycle
 *
 *     open (plugin.h) -> migrate, by `gangway migrate` or `run` -> claim, by `run` -> open_session, one per thread
 *         session of a worker:           positions, then load and apply for each turn
 *         session of a relay:            lease, then outbox_next and outbox_settle, repeatedly; a relay of a notifier
 *                                        also notices_next, notices_settle, notices_recipients
 *                                        and notices_last_answer
 *         session of the housekeeper:    advance, expire, notices_expire, outbox_figures, dead_count, lease
 *         session of a verb:             positions, set_position, forget_position, query, dead_list, dead_discard,
 *                                        dead_requeue, notices_history, notices_forget
 *     -> close_session for each -> close
 *
 * The structs of each group have their own headers: repository_load.h, repository_apply.h (the changeset),
 * repository_queues.h (positions, outbox, dead letters), repository_notices.h, repository_view.h. Include this header
 * only.
 *
 * Threads: one instance serves the whole process. A session belongs to one thread at a time, and every slot that takes
 * a session is called on that thread. Slots of the instance (migrate, claim, open_session) may be called on any thread,
 * one at a time per instance. A session waits with the host that it was opened with, never otherwise.
 *
 * Ownership: what a request or changeset points to is borrowed for the call. What a visitor receives is borrowed for
 * that call of the visitor. When a visitor returns anything but OK, the operation ends and returns that status.
 *
 * Units: times and durations are milliseconds; quantities are units of stock.
 *
 * Reconnecting: a session survives the loss of its connection and connects again at the next call. The new connection
 * may lead to another server with an earlier state, for example after a failover. So the caller must drop all versions,
 * stamps and outbox numbers that it remembers. Therefore the first call of load, apply, lease, outbox_next,
 * outbox_settle, notices_next or notices_settle after the loss fails and sends nothing over the new connection. It
 * returns TRANSIENT; apply returns UNKNOWN if the connection broke during its commit, and lease returns CONFLICT. The
 * other slots reconnect silently.
 *
 * Stamps: after a failover to a lagging replica, a crash that loses commits, or the restore of a dump, the database has
 * an earlier state. Versions and outbox numbers then come a second time, with other contents. A stamp never comes
 * twice:
 * - The core draws a random number from 1 to GW_STAMP_MAX for each changeset. A changeset that is sent again keeps it.
 * - apply stores it with each product whose version it raises, and stamp + i with a block of the outbox whose first
 *   event is effect i.
 * - A repository reports the stamp wherever it reports the version or the number, and compares both together.
 * - 0 is the stamp of a product that does not exist, and of rows that were stored before stamps existed.
 * - A repository that finds a product changed by other means (a file edited by hand) draws a new stamp for it.
 *
 * Clock: the repository has one clock, that of its server, or gw_host.unix_ms where there is no server. Due times, ages
 * and the times of rows are on that clock. The core passes durations only.
 *
 * Constraints: the plugin contains no business rule. It enforces two constraints of its own as a second line of
 * defence: 0 <= allocated <= purchased for each batch, and at most one batch holds an order line (orderid, sku, qty).
 *
 * Statuses that every slot of a session may return, besides those that the slot lists:
 *   TRANSIENT  Nothing happened: the server is unreachable, a lock timed out, or a deadlock was resolved.
 *   CONFIG     Nothing happened, and an operator has to act: a missing right or table, another schema version, a
 *              read-only server.
 *   NOMEM      Nothing happened.
 *   CANCELLED  host->wait returned it.
 */
#ifndef GANGWAY_PORT_REPOSITORY_H
#define GANGWAY_PORT_REPOSITORY_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/port/repository_apply.h>
#include <gangway/port/repository_load.h>
#include <gangway/port/repository_notices.h>
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
    GW_REPOSITORY_DEAD_LETTERS = 1u << 1, /* dead_list, dead_discard, dead_requeue, dead_count */
    GW_REPOSITORY_INBOX = 1u << 2,        /* message ids in load and apply, advance, expire */
    GW_REPOSITORY_SHARED = 1u << 3,       /* several processes may run on one repository: lease */
    GW_REPOSITORY_NOTICES = 1u << 4       /* with OUTBOX and DEAD_LETTERS: the slots notices_*, and drafts in
                                             outbox_settle. Without it an outbox row names its recipient */
};

enum { GW_LEASE_RENEW_MS = 3000 }; /* how often the holder of a lease renews it */

/* The highest stamp of a changeset. stamp + i never overflows. */
#define GW_STAMP_MAX (INT64_C(1) << 62)

/* A connection of one thread to the repository. The plugin defines the struct. The core only passes pointers to it,
 * from open_session to close_session. */
struct gw_session;

/* ---- the slots ------------------------------------------------------------------------------------------------ */

/* MUST: the loader refuses a plugin without the slot. A slot whose comment begins with a feature (INBOX, OUTBOX,
 * SHARED, DEAD_LETTERS, NOTICES) is a MUST where the plugin declares that feature. */
struct gw_repository_ops {
    uint32_t size; /* sizeof(struct gw_repository_ops) in the plugin */
    uint32_t reserved;

    /* MUST. Migrates the schema to the version of this plugin, or creates it. Several processes may call it at once.
     * *ret_from and *ret_to are the versions before (0: there was no schema) and after. OK; CONFIG: the schema is newer
     * than this plugin, or a sequence is behind its table (see apply); TRANSIENT, NOMEM, CANCELLED. */
    enum gw_status (*migrate)(void *self, const struct gw_host *host, int64_t *ret_from, int64_t *ret_to,
                              struct gw_error *reterr);

    /* MUST. Claims the repository for `run`, so that a storage for one gateway refuses a second one. `gangway outbox
     * --bury` claims a repository that is not SHARED, after it has opened its session. close releases the claim. OK;
     * CONFIG: another process runs on the repository, and the text says which. */
    enum gw_status (*claim)(void *self, struct gw_error *reterr);

    /* MUST. Opens a session for one thread. host belongs to that thread and outlives the session. OK; CONFIG: the
     * schema is missing or has another version, or a sequence is behind its table; TRANSIENT, NOMEM, CANCELLED. */
    enum gw_status (*open_session)(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr);

    /* MUST. Closes a session and releases its leases. NULL is allowed. */
    void (*close_session)(struct gw_session *session);

    /* MUST. Answers everything that the request names, in one round trip (repository_load.h). Batches and lines are
     * reported as they are stored, even where rows contradict each other: the core finds that and refuses the message.
     * OK; PERMANENT: rows that the request names contradict each other in a way that cannot be reported. The text then
     * names SKU and batch. */
    enum gw_status (*load)(struct gw_session *session, const struct gw_load_request *request,
                           const struct gw_load_visitor *visitor, struct gw_error *reterr);

    /*
     * MUST. Applies a changeset in one round trip, all or nothing. It first compares, in this order: positions,
     * products, absent_refs, ids (repository_apply.h).
     * OK: committed durably.
     * ALREADY: every position is at its `next`; or there are no positions, there are ids, and all are known (this is
     *   checked before CONFLICT). An earlier attempt of this worker was committed, or another gateway has applied the
     *   same messages. Nothing was changed.
     * MOVED: the positions are neither all at `expected` nor all at `next`. Nothing was changed.
     * CONFLICT: a version, a stamp, an old quantity, a reference, a line or a dead letter is not as the changeset
     *   expects, or some of the ids are known. Nothing was changed; the core loads again and repeats the turn. The text
     *   names the product by its SKU, the batch by its reference, the line by its order or the dead letter by its
     *   number, because the core reports it when fresh loads do not resolve the conflict. Nothing else is a conflict.
     * CONFIG: a number that the repository draws itself is taken. The text names the sequence and the statement that
     *   repairs it.
     * UNKNOWN: the connection was lost during the commit. The core sends the SAME changeset again until it gets another
     *   status.
     * PERMANENT: the storage refuses these data for any other reason (a constraint, a value that is too large),
     *   although the state was just loaded.
     */
    enum gw_status (*apply)(struct gw_session *session, const struct gw_changeset *changeset,
                            struct gw_apply_result *ret_result, struct gw_error *reterr);

    /* MUST. Reports the position of each source in the array (of struct gw_text) that has one. An empty array means all
     * sources. OK. */
    enum gw_status (*positions)(struct gw_session *session, const struct gw_array *sources,
                                const struct gw_position_visitor *visitor, struct gw_error *reterr);

    /* MUST. Sets the position of a source unconditionally and deletes its mark, for an operator. OK; INVALID: next is
     * negative. */
    enum gw_status (*set_position)(struct gw_session *session, struct gw_text source, int64_t next,
                                   struct gw_error *reterr);

    /* MUST. Deletes the position of a source: its input has ended and cannot be opened again, or an operator asked for
     * it. OK; NOT_FOUND: the source has no position. */
    enum gw_status (*forget_position)(struct gw_session *session, struct gw_text source, struct gw_error *reterr);

    /* MUST. Answers a view (repository_view.h). OK; UNSUPPORTED: the repository does not know this view. */
    enum gw_status (*query)(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                            const struct gw_view_visitor *visitor, struct gw_error *reterr);

    /*
     * INBOX: MUST. Advances the running time: how many milliseconds gateways have run on this repository so far.
     * Message ids expire by the running time, because a wall clock that is set forward would expire all of them at
     * once. The call is a compare-and-set: if the running time is still seen_ms, it adds add_ms. Of several gateways
     * one succeeds, so the running time never grows faster than time passes. *ret_running_ms is the running time
     * afterwards. add_ms 0 only reads it. apply stores each message id with the running time of that moment. OK.
     */
    enum gw_status (*advance)(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                              struct gw_error *reterr);

    /* INBOX: MUST. Deletes message ids that were stored at a running time below before_running_ms, the oldest first, at
     * most limit of them. *ret_count is the number that was deleted, and the cost follows it. OK. */
    enum gw_status (*expire)(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                             struct gw_error *reterr);

    /*
     * OUTBOX: MUST. Reports the pending rows of a destination that are due and whose block has a number above `after`,
     * in the order of the numbers and, in a block, of the indexes, at most limit events: the last block may be cut. It
     * needs no lease. A row whose due time is more than longest_wait_ms away counts as due, because the clock was set
     * back or the settings were changed. *ret_due_in_ms is the wait until the earliest row above `after` that is not
     * due yet; GW_DUE_NEVER when there is none. To a visitor with wants_numbers a repository MAY report bare rows where
     * that is cheaper; order and limit are the same. The caller then uses the rows that it remembers from their apply,
     * where number and stamp are equal.
     *
     * OK. SHARED: if the session holds the lease of the destination, OK renews it. CONFLICT: the session held the lease
     * and has lost it, and no call has reported that yet. CONFIG: a stored block cannot be read, because it was changed
     * by other means; the rows before it were reported, and the text names its number.
     */
    enum gw_status (*outbox_next)(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                                  int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor,
                                  int64_t *ret_due_in_ms, struct gw_error *reterr);

    /*
     * OUTBOX: MUST. Records settlements (of struct gw_outbox_settlement, in the order of the rows) in one transaction.
     * One whose block is gone, has another stamp or stands elsewhere is skipped. stamp: a new one for each call; the
     * rows that the call makes for targets get stamp, stamp + 1 and so on, in the order of refusals and targets. So do,
     * apart from them, the notices that it makes, in the order of the drafts. Deliveries that were recorded since the last
     * outbox_next but one may be lost when the repository crashes, so that their events are reported again; all before
     * them, and everything else that a call records, is safe when it returns.
     *
     * INVALID: `from` is above `to`, there are more refusals than events, or an event that stays has drafts. SHARED:
     * CONFLICT: the session does not hold the destination's lease, or no longer. Nothing was recorded then.
     */
    enum gw_status (*outbox_settle)(struct gw_session *session, struct gw_text destination,
                                    const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr);

    /* OUTBOX: MUST. Reports what waits for each destination, outbox rows and pending notices together, including
     * destinations that are no longer in the bootstrap file. OK. */
    enum gw_status (*outbox_figures)(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                     struct gw_error *reterr);

    /*
     * SHARED: MUST. Acquires or renews the lease of a destination: the exclusive right to deliver its rows. A session
     * may hold the leases of several destinations. A lease ends with close_session, and when the repository loses the
     * holder, because its process, its host or its connection died.
     *
     * The holder renews it every GW_LEASE_RENEW_MS, whatever else it waits for, by this call, by outbox_next or by
     * outbox_settle. It trusts the lease for that long after their last OK. So each call must ask the repository and
     * never answer from memory. A repository may take the lease from a session that was silent for twice as long.
     *
     * OK: this session holds the lease.
     * CONFLICT: another session holds it, or this session has lost it. Rows that were read under a lost lease may have
     *   been delivered by others. The next call tries to acquire the lease again.
     * TRANSIENT: the server is unreachable. The lease is lost with the connection.
     */
    enum gw_status (*lease)(struct gw_session *session, struct gw_text destination, struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. Reports the entries that the filter matches, in the order of their ids. OK. */
    enum gw_status (*dead_list)(struct gw_session *session, const struct gw_dead_filter *filter,
                                const struct gw_dead_visitor *visitor, struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. Deletes the entries with these ids (of int64_t). *ret_count is the number that existed. OK.
     */
    enum gw_status (*dead_discard)(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                                   struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. Moves entries of kind DELIVERY (ids of int64_t) back into the outbox, all or nothing. Each
     * entry becomes a row for each target (of struct gw_outbox_target); without targets it becomes one row, for its own
     * destination and recipient. Idempotency key, sequence and time of the event stay the same; the rows have no
     * attempts and are due at once. They are in the order of the ids, then of the targets. *ret_count is the number of
     * entries that existed. stamp: a new one for each call; the j-th row gets stamp + j. OK. */
    enum gw_status (*dead_requeue)(struct gw_session *session, const struct gw_array *ids,
                                   const struct gw_array *targets, int64_t stamp, uint32_t *ret_count,
                                   struct gw_error *reterr);

    /* DEAD_LETTERS: MUST. *ret_count is the number of entries, of both kinds. It is called every few seconds, so it
     * reads no entry. OK. */
    enum gw_status (*dead_count)(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr);

    /*
     * SHARED: MAY, with outbox_await. Announces to the session that holds the lease of the destination, in whatever
     * process, that rows were committed. The core calls it on a session that does not hold the lease, after commits of
     * its process, at most every 10 ms. An announcement may get lost: the holder also looks without one, every
     * GW_LEASE_RENEW_MS. Without these two slots the holder looks once a second. OK.
     */
    enum gw_status (*outbox_announce)(struct gw_session *session, struct gw_text destination, struct gw_error *reterr);

    /*
     * SHARED: MAY, with outbox_announce. How the session that holds a lease waits for an announcement. It must not wait
     * and sends nothing. *ret_fd is a descriptor that becomes readable when one arrives, and also for other reasons,
     * such as the end of the connection; -1: there is no connection. It belongs to the session and is valid until the
     * session's next call. OK: none has arrived since the last outbox_next began. ALREADY: one has.
     */
    enum gw_status (*outbox_await)(struct gw_session *session, int32_t *ret_fd);

    /*
     * NOTICES: MUST. Reports the pending notices of a destination that are due, in the order of their numbers, as the
     * look says. It needs no lease. *ret_due_in_ms: as in outbox_next, for notices. OK.
     */
    enum gw_status (*notices_next)(struct gw_session *session, struct gw_text destination,
                                   const struct gw_notice_look *look, const struct gw_notice_visitor *visitor,
                                   int64_t *ret_due_in_ms, struct gw_error *reterr);

    /*
     * NOTICES: MUST. Records what became of pending notices, in one transaction. One that stays is closed from then on:
     * no event joins it. settlements are of struct gw_outbox_settlement, in the order of the notices, with number and
     * stamp of the notice; a notice is a block of one event. One that is gone or has another stamp is skipped. The dead
     * letters and the outbox rows for targets are made as outbox_settle makes them, and stamp has the same meaning. One
     * that was delivered is kept as sent (gw_sent_notice), with the answer of its settlement.
     *
     * INVALID: as in outbox_settle; or a settlement has drafts. SHARED: CONFLICT: the session does not hold the
     * destination's lease, or no longer. Nothing was recorded then.
     */
    enum gw_status (*notices_settle)(struct gw_session *session, struct gw_text destination,
                                     const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr);

    /* NOTICES: MUST. Reports the recipients who have a notice of this destination with one of these first events
     * (event_ids, of struct gw_text), pending or sent and still kept. It needs no lease. OK. */
    enum gw_status (*notices_recipients)(struct gw_session *session, struct gw_text destination,
                                         const struct gw_array *event_ids, const struct gw_recipient_visitor *visitor,
                                         struct gw_error *reterr);

    /* NOTICES: MUST. Reports the answer to the last notice that was sent and is still kept, of the destination,
     * recipient and group key of the pending notice with this number and stamp. Reports nothing where there is none, or
     * where the notice has no key. It needs no lease. OK. */
    enum gw_status (*notices_last_answer)(struct gw_session *session, struct gw_text destination, int64_t number,
                                          int64_t stamp, const struct gw_answer_visitor *visitor,
                                          struct gw_error *reterr);

    /* NOTICES: MUST. Reports sent notices of all destinations, as the look says. OK. */
    enum gw_status (*notices_history)(struct gw_session *session, const struct gw_sent_look *look,
                                      const struct gw_sent_visitor *visitor, struct gw_error *reterr);

    /* NOTICES: MUST. Removes sent notices that were sent more than keep_ms ago, by the repository's clock, the oldest
     * first, at most limit of them. *ret_count is the number that was removed, and the cost follows it. Several
     * processes may call it at once. OK. */
    enum gw_status (*notices_expire)(struct gw_session *session, int64_t keep_ms, uint32_t limit, uint32_t *ret_count,
                                     struct gw_error *reterr);

    /* NOTICES: MUST. Removes sent notices for exactly this recipient, at most limit of them. *ret_count is the number
     * that was removed, and the cost follows it. Pending notices and dead letters stay. OK. */
    enum gw_status (*notices_forget)(struct gw_session *session, struct gw_text recipient, uint32_t limit,
                                     uint32_t *ret_count, struct gw_error *reterr);
};

#ifdef __cplusplus
}
#endif

#endif
