/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: repository. Where the state lives: few and coarse operations, each one round trip, each easy to implement on
 * anything that can change several records at once or not at all.
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
 * away, a lock was not to be had in time, a deadlock), CONFIG (an operator has to act: no right, no table, another
 * schema, read-only, the disk of the wrong machine), NOMEM, CANCELLED (the host's wait said so).
 */
#ifndef GANGWAY_PORT_REPOSITORY_H
#define GANGWAY_PORT_REPOSITORY_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/message.h>
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

/* An ETA is year * 10000 + month * 100 + day, or 0 for stock that is in the warehouse: plain numbers sort as rule 2
 * wants them. Quantities are 0 to 2,147,483,647. A version is a product's number of changes; 0: it does not exist. */

/* ---- load ---------------------------------------------------------------------------------------------------- */

/* Asks for a product: its version, and of its batches with room (purchased - allocated) >= room the first `limit` in
 * the order of rule 2 (eta, then created). The same SKU may be asked for again with another room. */
struct gw_product_request {
    struct gw_text sku;
    int64_t room;   /* at least 1 */
    uint32_t limit; /* at least 1 */
    uint32_t reserved;
};

enum { GW_LOWEST_NONE = -1 };

/* Asks for a batch by its reference, full or not: whether it is there, its SKU; its product is then answered as if it
 * had been asked for with room 1 and the limit of 16. */
struct gw_batch_request {
    struct gw_text ref;
    int64_t lowest; /* the lowest quantity that the turn will set: its newest lines are wanted, as many as no longer
                       fit; GW_LOWEST_NONE: none */
};

/* Asks whether an order line is held. The batch that holds it is answered too, full or not. */
struct gw_line_request {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;
};

enum { GW_ID_BYTES = 16 };

/* Asks whether a message id is known. */
struct gw_id_request {
    uint8_t id[GW_ID_BYTES];
};

struct gw_load_request {
    uint32_t size;
    uint32_t reserved;
    struct gw_array products; /* of struct gw_product_request */
    struct gw_array batches;  /* of struct gw_batch_request */
    struct gw_array lines;    /* of struct gw_line_request */
    struct gw_array ids;      /* of struct gw_id_request */
};

struct gw_product_snapshot {
    struct gw_text sku;
    int64_t version; /* 0: nobody has this SKU */
    int64_t stamp;   /* of the changeset that raised it to this version */
};

enum {
    GW_BATCH_FOUND = 1u << 0, /* it answers products[index]: one of the first with room */
    GW_BATCH_LAST = 1u << 1   /* ... the last of those, and there are more behind it */
};

struct gw_batch_snapshot {
    struct gw_text sku;
    struct gw_text ref;
    int64_t purchased;
    int64_t allocated;
    int64_t created;
    int32_t eta;
    uint32_t flags; /* GW_BATCH_... */
    int64_t room;   /* FOUND: the room that was asked for */
};

enum {
    GW_LINE_NEWEST = 1u << 0 /* it is one of the newest lines of a batch whose lowest was asked for; newest first */
};

struct gw_line_snapshot {
    struct gw_text sku;
    struct gw_text orderid;
    int64_t qty;
    struct gw_text ref; /* the batch that holds it */
    int64_t seq;        /* the product's version when it was allocated */
    uint32_t flags;     /* GW_LINE_... */
    uint32_t reserved;
};

struct gw_id_snapshot {
    uint32_t index;   /* which of the ids that were asked for */
    uint32_t outcome; /* enum gw_outcome, as it was recorded */
    uint8_t fingerprint[GW_DIGEST_BYTES];
    struct gw_text reason;
};

/*
 * Where load puts its answer. A product is told before its batches, a batch before its lines. Told are: every product
 * asked for, with its version (0 included), and the product of every batch that was found; batches as the requests say;
 * only those lines that are held; only those ids that are known. A product and a batch may be told more than once; that
 * a batch asked for by reference is not there is said by not telling it. For one request, the FOUND batches come in the
 * order of rule 2; LAST is on the last of them when, and only when, the limit cut the list.
 */
struct gw_load_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*product)(void *context, const struct gw_product_snapshot *product);
    enum gw_status (*batch)(void *context, const struct gw_batch_snapshot *batch);
    enum gw_status (*line)(void *context, const struct gw_line_snapshot *line);
    enum gw_status (*id)(void *context, const struct gw_id_snapshot *id);
};

/* ---- apply --------------------------------------------------------------------------------------------------- */

/* A compare-and-set: the source must stand at `expected` (GW_OFFSET_NONE: have no row yet), and will stand at `next`.
 */
struct gw_position_change {
    struct gw_text source;
    int64_t expected;
    int64_t next;
    uint64_t mark;     /* of the last message before next */
    uint32_t has_mark; /* 0: there is none */
    uint32_t reserved;
};

/* A message id that becomes known. It must not be. */
struct gw_id_change {
    uint8_t id[GW_ID_BYTES];
    uint8_t fingerprint[GW_DIGEST_BYTES];
    uint32_t outcome; /* enum gw_outcome */
    uint32_t reserved;
    struct gw_text reason;
};

/* A product that the turn changed or read. It must be at version `expected` (0: not exist) and stamp `stamp`, and will
 * be at `version`. Sorted by SKU; other parts name a product by its index here. */
struct gw_product_change {
    struct gw_text sku;
    int64_t expected;
    int64_t version; /* equal to expected: read only; then its stamp stays as well */
    int64_t stamp;   /* as load reported it */
    uint32_t events; /* how many events of the product the turn raised; its event counter grows by so many */
    uint32_t reserved;
};

/* A new batch; no batch of any product may have its reference. */
struct gw_batch_insert {
    uint32_t product;
    int32_t eta;
    struct gw_text ref;
    int64_t purchased;
    int64_t allocated;
    int64_t created;
};

/* A batch whose quantities change. They must be the old ones before, whatever version the product is at. */
struct gw_batch_update {
    uint32_t product;
    uint32_t reserved;
    struct gw_text ref;
    int64_t old_purchased;
    int64_t old_allocated;
    int64_t purchased;
    int64_t allocated;
};

/* A line that leaves its batch. It must be held. */
struct gw_line_delete {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;
};

/* A line that a batch takes. It must not be held, but by what the same changeset deletes. */
struct gw_line_insert {
    uint32_t product;
    uint32_t reserved;
    struct gw_text orderid;
    int64_t qty;
    struct gw_text ref;
    int64_t seq;
};

/* X(name, number, word) */
#define GW_DEAD_KIND_LIST(X)                                    \
    X(COMMAND, 1, "command")   /* a message that was refused */ \
    X(DELIVERY, 2, "delivery") /* an outbox row that its destination refused for good */

enum gw_dead_kind {
#define GW_DEAD_KIND_ENUM(name, number, word) GW_DEAD_##name = number,
    GW_DEAD_KIND_LIST(GW_DEAD_KIND_ENUM)
#undef GW_DEAD_KIND_ENUM
};

enum {
    GW_DEAD_NOT_REPLAYABLE = 1u << 0 /* the payload is not whole */
};

/* A message that was refused, with all that is needed to run it again. */
struct gw_dead_letter {
    struct gw_text entrypoint; /* the id of the component that it came through */
    struct gw_text source;     /* as the position says, else empty */
    int64_t offset;            /* GW_OFFSET_NONE: it has none */
    uint64_t line;
    struct gw_text identity; /* what the ids of its events derive from */
    struct gw_text type;     /* the command's name, where it is not the payload that says */
    struct gw_text key;
    struct gw_text headers; /* as the core wrote them; the repository does not look inside */
    struct gw_text payload; /* any bytes */
    struct gw_text reason;
    uint64_t full_len;
    uint8_t digest[GW_DIGEST_BYTES]; /* of the whole payload, when flags say that it is cut; else zero */
    uint32_t flags;                  /* GW_DEAD_... */
    uint32_t reserved;
};

/* A dead letter that was replayed in this turn. It must be there. */
struct gw_dead_change {
    int64_t id;
    struct gw_text reason; /* empty: it succeeded and goes; else it stays, with this reason and a count raised by one */
};

/* An outbox row: something to deliver. */
struct gw_effect {
    uint32_t product;
    uint32_t event;             /* which of the product's events of this turn, from 1; effects of one event share it */
    struct gw_text destination; /* the id of a publisher or notifier */
    struct gw_text recipient;   /* a notifier's; else empty */
    struct gw_text id;          /* the idempotency key */
    struct gw_text type;        /* the event's name */
    struct gw_text payload;     /* the event's fields as a JSON object */
    struct gw_text headers;     /* as the core wrote them */
};

/* All that one turn changes: applied whole or not at all. */
struct gw_changeset {
    uint32_t size;
    uint32_t reserved;
    int64_t stamp;               /* 1 to GW_STAMP_MAX, random */
    struct gw_array positions;   /* of struct gw_position_change, sorted by source */
    struct gw_array products;    /* of struct gw_product_change, sorted by SKU */
    struct gw_array absent_refs; /* of struct gw_text: references that were looked for and must still not exist */
    struct gw_array ids;         /* of struct gw_id_change */
    struct gw_array batch_inserts;
    struct gw_array batch_updates;
    struct gw_array line_deletes; /* before the inserts */
    struct gw_array line_inserts; /* in the order of allocation, over all products: GW_VIEW_ALLOCATIONS keeps it */
    struct gw_array dead_letters; /* of struct gw_dead_letter */
    struct gw_array dead_changes; /* of struct gw_dead_change */
    struct gw_array effects;      /* of struct gw_effect, in the order of the events */
};

struct gw_apply_result {
    uint32_t size;
    uint32_t reserved;
    int64_t first_effect; /* OK: effect i got the outbox number first_effect + i; 0 when there was none */
    int64_t unix_ms;      /* OK: the time that its rows carry */
    /* The caller's array, as long as changeset.products; NULL: not wanted. OK: [i] is the event counter of product i
     * before this changeset. */
    int64_t *event_counters;
};

/* ---- positions, outbox, dead letters, views ------------------------------------------------------------------- */

struct gw_position {
    struct gw_text source;
    int64_t next;
    uint64_t mark;
    uint32_t has_mark;
    uint32_t reserved;
};

struct gw_position_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*position)(void *context, const struct gw_position *position);
};

struct gw_outbox_row {
    int64_t number; /* rises, per product in the order of the commits */
    int64_t stamp;  /* with the number, stands for this row and no other */
    struct gw_text destination;
    struct gw_text recipient;
    struct gw_text id;
    struct gw_text type;
    struct gw_text sku;
    struct gw_text payload;
    struct gw_text headers;
    int64_t sequence; /* the product's event counter at this event: the counter before its turn + gw_effect.event */
    int64_t event_unix_ms;  /* when the event happened: the time of its apply, whatever became of the row since */
    int64_t queued_unix_ms; /* when the row came into this queue: by apply, or in place of a dead row, or by a replay */
    int64_t age_ms;         /* how long ago that is now, by the same clock */
    uint32_t attempts;      /* made so far */
    uint32_t is_bare;       /* 1: only number and stamp are reported, as the visitor allows */
};

enum { GW_DUE_NEVER = -1 };

struct gw_outbox_visitor {
    uint32_t size;
    uint32_t wants_numbers; /* 1: number and stamp are enough, because the caller may have the row itself */
    void *context;
    enum gw_status (*row)(void *context, const struct gw_outbox_row *row);
};

enum gw_delivery {
    GW_DELIVERY_DONE = 1,  /* the row goes */
    GW_DELIVERY_RETRY = 2, /* the row stays, with one more attempt, due in delay_ms */
    /* The row becomes a dead letter of kind DELIVERY, and in the same transaction each of the settlement's targets gets
     * a row in its place. */
    GW_DELIVERY_DEAD = 3
};

/* Who is notified instead: a row for this destination and recipient, with a number and stamp of its own, at the end of
 * its queue and due at once; its id, type, SKU, payload, headers, sequence and time of the event are those of the row
 * that died. */
struct gw_outbox_target {
    struct gw_text destination;
    struct gw_text recipient;
};

/* What became of the row of this number and stamp. */
struct gw_outbox_settlement {
    int64_t number;
    int64_t stamp;
    uint32_t delivery; /* enum gw_delivery */
    uint32_t reserved;
    int64_t delay_ms;        /* RETRY: at least 0 */
    struct gw_text reason;   /* RETRY, DEAD: the other side's answer */
    struct gw_array targets; /* DEAD: of struct gw_outbox_target: rows of the same event that are made in its place */
};

struct gw_outbox_figure {
    struct gw_text destination;
    uint64_t pending;
    int64_t oldest_unix_ms;
};

struct gw_outbox_figure_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*figure)(void *context, const struct gw_outbox_figure *figure);
};

struct gw_dead_entry {
    int64_t id;
    uint32_t kind;    /* enum gw_dead_kind */
    uint32_t replays; /* how often it was replayed in vain */
    int64_t unix_ms;
    struct gw_dead_letter letter; /* DELIVERY: entrypoint is the destination, identity the idempotency key, key the
                                     SKU; source is empty */
    struct gw_text recipient;     /* DELIVERY */
    int64_t sequence;             /* DELIVERY: as of the row that died */
    int64_t event_unix_ms;        /* DELIVERY: likewise */
};

/* Which dead letters. Everything that is given must match; a list of ids that is empty means any. */
struct gw_dead_filter {
    uint32_t size;
    uint32_t limit;        /* at most so many, 0: all */
    int64_t after;         /* only ids above */
    struct gw_array ids;   /* of int64_t */
    struct gw_text source; /* the source or the entrypoint is this; empty: any */
    struct gw_text reason; /* the reason contains this; empty: any */
};

struct gw_dead_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*entry)(void *context, const struct gw_dead_entry *entry);
};

/* The read side. Reads never go through the aggregate. */
enum gw_view {
    GW_VIEW_ALLOCATIONS = 1,  /* of `orderid`: a row per line held, in order of allocation: sku, ref, qty */
    GW_VIEW_AVAILABILITY = 2, /* of `sku`: a row per batch, in the order of rule 2: sku, ref, eta, qty = available */
    GW_VIEW_FIRST_FIT = 3     /* of `sku`: the first batch that could take `qty` units now, one row or none */
};

struct gw_view_arguments {
    uint32_t size;
    uint32_t reserved;
    struct gw_text orderid;
    struct gw_text sku;
    int64_t qty;
};

struct gw_view_row {
    struct gw_text sku;
    struct gw_text ref;
    int64_t qty;
    int32_t eta;
    uint32_t reserved;
};

struct gw_view_visitor {
    uint32_t size;
    uint32_t reserved;
    void *context;
    enum gw_status (*row)(void *context, const struct gw_view_row *row);
};

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
     * or a line is told as it is stored, also where rows contradict each other: the core finds that and refuses the
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

    /* MUST. Sets where a source goes on, whatever it was, and forgets its mark. For an operator. INVALID: next is
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

    /* OUTBOX: MUST. Records what became of rows (of struct gw_outbox_settlement, rising numbers), all or nothing. A
     * row that is gone already, or has another stamp, is no error: it stays as it is, and nothing is made of it or in
     * its place. stamp: a new one for each call; the j-th row that the call makes gets stamp + j. SHARED: CONFLICT: the
     * session does not hold the destination's lease, or no longer; nothing was recorded. */
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
     * then what it read under the lease may have been delivered by others, and the next call tries to get it anew.
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
