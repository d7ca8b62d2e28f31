/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a relay, shared by its files: relay.c (its life), relay_loop.c (its thread), relay_sleep.c (how it
 * waits for rows), relay_lease.c (who may deliver), relay_rows.c (reading and recording a group of rows),
 * relay_notices.c (opening events into notices, and reading those), relay_publish.c and relay_notify.c (one group
 * through one port), relay_channel.c (the plugin's instance and its exchange), relay_routes.c (who is notified
 * instead). Everything here belongs to the relay's thread. */
#ifndef GW_RELAY_RELAY_INTERNAL_H
#define GW_RELAY_RELAY_INTERNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "process/component_thread.h"
#include "relay/relay.h"
#include "service/cloud_event.h"
#include "json/json.h"

#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>

/* The longest pause that a destination can get. */
enum { GW_RELAY_PAUSE_MAX_MS = 3600 * 1000 };

/* Where the rows of a group are, and are settled. */
enum gw_relay_queue { GW_RELAY_OUTBOX, GW_RELAY_NOTICES };

/* The route of an event, as this relay needs it. */
struct gw_relay_route {
    struct gw_text event;
    struct gw_array targets; /* of struct gw_outbox_target: who gets what is given up, or what is rerouted */
    const struct gw_group_settings *group; /* of this destination's notices; NULL: an event has a notice of its own */
};

/* What the routes of one configuration mean for this relay. Constant. */
struct gw_relay_routes {
    struct gw_configuration *configuration; /* held: the texts live in it; NULL: they live longer */
    struct gw_relay_route *routes;
    size_t route_count;
    struct gw_outbox_target *targets; /* of all routes */
    int64_t longest_wait_ms;          /* of the groups; 0: none */
    bool is_removed;                  /* no route names the destination: an event with targets goes to them, unsent */
};

/* An instance of the destination's plugin, with what it is used with. It belongs to the relay's thread once the relay
 * has taken it. */
struct gw_relay_channel {
    struct gw_configuration *configuration; /* held: the component lives in it; NULL: it lives longer */
    const struct gw_component *component;
    void *self;
    struct gw_thread_host plugin_host; /* its waits end at abort */
    struct gw_metrics metrics;         /* the plugin's; any thread */
    struct gw_outbox_row *rows;
    struct gw_notice_row *notices; /* the rows of a group of notices, with what only a notice has */
    struct gw_verdict *verdicts;
    struct gw_outbox_settlement *settlements;
    uint32_t group_size; /* rows that are read together */
};

/* The lease of the destination, where several processes share the repository. */
struct gw_relay_lease {
    bool is_needed;
    atomic_bool is_held; /* as far as this relay knows; read by any thread */
    bool was_held;       /* since the repository last said that another session holds it */
    bool is_waited_for;  /* another session holds it, and a record says so */
    int64_t proven_ms;   /* monotonic: when the last call began that confirmed it */
};

struct gw_relay {
    struct gw_relay_plan plan;
    char *id; /* of the destination; owned, because a configuration may be freed before */
    const struct gw_repository_ops *repository;
    struct gw_component_thread thread;
    struct gw_relay_channel *channel;
    struct gw_relay_routes *routes;
    pthread_mutex_t lock;                  /* of channel as other threads see it, and of what is next */
    struct gw_relay_channel *next_channel; /* to be taken in the next round; NULL: none */
    struct gw_relay_routes *next_routes;
    bool is_in_plugin;     /* a slot of the destination is running */
    bool is_in_repository; /* a slot of the session is */
    struct gw_relay_lease lease;
    struct gw_thread_host sleep_host; /* for the waits in which no lease has to be renewed: they end at stop */
    int wakeup;
    int changed; /* a wake-up: there is something to take */
    struct gw_json_reader *json;
    struct gw_arena *arena;            /* of one group */
    struct gw_buffer buffer;           /* for rendering */
    struct gw_outbox_memory *memory;   /* of what workers offered */
    bool has_notices;                  /* the repository keeps notices, and the destination is a notifier */
    enum gw_relay_queue queue;         /* of the channel's rows */
    uint32_t row_count;                /* of the channel's rows */
    uint32_t opened_count;             /* events that this round has opened */
    uint32_t notice_limit;             /* how many notices the next look reads at most; 0: a whole group */
    bool has_end;                      /* the last look returned all due rows */
    bool tells_whole;                  /* the repository always reports whole rows, so caching is of no use */
    bool wants_numbers;                /* of the look that is running */
    bool has_gap;                      /* a row was reported that is not cached, so the rows behind it wait */
    bool is_ending;                    /* the last look began when no further event could come */
    bool has_rerouted;                 /* gw_relay_reroute_notices has nothing left to do */
    bool has_readdressed;              /* gw_relay_readdress_notices has nothing left to do */
    bool has_given_up_all;             /* the destination is away, and all of these notices went to the fallback */
    uint32_t settled_count;            /* how many of the rows have a settlement */
    uint32_t settlement_count;         /* delivered rows of one block that follow one another have one together */
    uint32_t recorded_count;           /* how many of the settlements are recorded */
    struct gw_text last_answer;        /* to the last notice of the group of the next one (notifier.h) */
    int64_t recorded_us;               /* monotonic: when settlements were last recorded */
    int64_t record_us;                 /* how long that took */
    int64_t next_due_ms;               /* monotonic: when the next row is due; GW_DUE_NEVER: there is none */
    struct gw_backoff backoff;         /* the destination's */
    uint8_t rerouted[GW_DIGEST_BYTES]; /* the digest of the id of the last event that was rerouted */
    int64_t pause_ms;                  /* that the destination asked for in this group; 0: none */
    int64_t longest_pause_ms;          /* that it has asked for so far */
    struct gw_backoff repository_backoff;
    struct gw_relay_figures figures;
    char source[GW_EVENT_SOURCE_MAX]; /* the attribute `source` of every event */
    atomic_bool is_up;                /* gw_relay_is_up */
    atomic_bool is_finishing;
    atomic_bool has_left;             /* gw_relay_has_left */
    atomic_uint exchanges;            /* how many exchanges it has taken */
    atomic_bool keeps_rows;           /* gw_relay_keeps_rows */
    atomic_uint_fast64_t empty_after; /* 1 + the handovers before the look that found nothing left; 0: something is */
};

/* The relay's thread, until it is stopped. context: the relay. */
void gw_relay_run(void *context);

/* Sleeps until rows may be there: a wake-up, an announcement of another process, the time of a row, the next regular
 * look. OK; CANCELLED: stop. */
enum gw_status gw_relay_sleep(struct gw_relay *relay);

/* Sleeps while another process holds the lease, and announces to it what this process commits. OK: it is time to try
 * for the lease, or the relay has to report that nothing is left. CANCELLED: stop. */
enum gw_status gw_relay_sleep_without_lease(struct gw_relay *relay);

/* Sleeps for ms or until a wake-up. *ret_is_woken may be NULL. OK; CANCELLED: stop. */
enum gw_status gw_relay_sleep_ms(struct gw_relay *relay, int64_t ms, bool *ret_is_woken);

/* The slot of the plugin that is used now; NULL: it has none. */
void (*gw_relay_plugin_keepalive(const struct gw_relay *relay))(void *self);

/* Calls it, in waits of the relay. context: the relay. */
void gw_relay_keep_plugin(void *context);

/* Ends the instances of the plugin: on the thread that used them, or where they were made if that thread was never
 * started. */
void gw_relay_end_channels(struct gw_relay *relay);

/* Ensures that this relay holds the lease, as far as it knows: the look that follows renews it. OK; CONFLICT: another
 * session holds it, which is logged once; what the repository returns. */
enum gw_status gw_relay_lease_hold(struct gw_relay *relay, struct gw_error *reterr);

/* Ensures that this relay still holds the lease. OK; CONFLICT: the lease was lost, and rows that were read under it
 * must be read again; what the repository returns. */
enum gw_status gw_relay_lease_confirm(struct gw_relay *relay, struct gw_error *reterr);

/* Runs in every wait: renews the lease when that is due, unless the session is busy. */
void gw_relay_lease_keep(struct gw_relay *relay);

/* Records what another call found out: the lease was held when that call began; or it is lost or in doubt. */
void gw_relay_lease_proven(struct gw_relay *relay, int64_t begun_ms);
void gw_relay_lease_lost(struct gw_relay *relay);

/* Reads the pending rows of the destination that are due, at most limit (which is at most group_size), and when the
 * next is due. What the repository says, NOMEM. */
enum gw_status gw_relay_next_rows(struct gw_relay *relay, uint32_t limit, struct gw_error *reterr);

/* The longest delay that a row can have between two attempts. A row with a longer one was delayed before the clock was
 * set back, or by other settings. */
int64_t gw_relay_longest_delay_ms(const struct gw_relay *relay);

/* The same for the notices of a notifier, after gw_relay_next_rows. */
enum gw_status gw_relay_next_notices(struct gw_relay *relay, uint32_t limit, struct gw_error *reterr);

/* How many notices the next look reads: as many as a round is likely to send. */
uint32_t gw_relay_notice_limit(const struct gw_relay *relay);

/* Hands over all notices of a removed notifier that go to others now, due or not, once after it was removed or has
 * taken the lease. OK; CONFLICT: the lease is lost; CANCELLED, NOMEM; what the repository says. */
enum gw_status gw_relay_reroute_notices(struct gw_relay *relay, struct gw_error *reterr);

/* Hands over all pending notices for recipients that the file does not name, once for each instance and lease: to the
 * recipients of the file that have none of the same first event, else to the dead letters. Nothing for a removed
 * notifier. OK; CONFLICT: the lease is lost; CANCELLED, NOMEM; what the repository says. */
enum gw_status gw_relay_readdress_notices(struct gw_relay *relay, struct gw_error *reterr);

/* One call of notices_next. Whoever is told keeps notices with gw_relay_keep_notice. */
enum gw_status gw_relay_look_at_notices(struct gw_relay *relay, const struct gw_notice_look *look,
                                        const struct gw_notice_visitor *visitor, struct gw_error *reterr);

/* Adds a copy of a notice to the group. OK, NOMEM. */
enum gw_status gw_relay_keep_notice(struct gw_relay *relay, const struct gw_notice_row *notice);

/* Closes notices that are sent next, so that no event joins them between two attempts: all of the group, or the first
 * one while the destination is away. OK; CONFLICT: the lease is lost; what the repository says. */
enum gw_status gw_relay_close_notices(struct gw_relay *relay, struct gw_error *reterr);

/* The row at this index as a notice. */
struct gw_notice_row gw_relay_notice(const struct gw_relay *relay, uint32_t index);

/* The group of the destination's notices about this event; NULL: none. */
const struct gw_group_settings *gw_relay_group(const struct gw_relay *relay, struct gw_text event);

/* Whether the file names this recipient of the notifier. */
bool gw_relay_is_recipient(const struct gw_component *component, struct gw_text recipient);

/* How many outbox rows a notifier opens together. */
uint32_t gw_relay_open_limit(const struct gw_relay *relay);

/* Opens the outbox rows that were read: each becomes a notice per recipient, or is rerouted. It records that, however
 * often it has to be tried. OK; CONFLICT: the lease is lost; CANCELLED, NOMEM; what the repository says of the lease.
 */
enum gw_status gw_relay_open(struct gw_relay *relay, struct gw_error *reterr);

/* For a new look: forgets the rows of the group before. */
void gw_relay_begin_rows(struct gw_relay *relay, enum gw_relay_queue queue);

/* Adds a copy of a row to the group. OK, NOMEM. */
enum gw_status gw_relay_keep_row(struct gw_relay *relay, const struct gw_outbox_row *row);

/* Sends the rows, in order, until one fails in passing; fills settlements for those that need no further try now. OK:
 * all of them. TRANSIENT, CONFIG: the destination has to wait, *reterr says why; rows before have settlements.
 * CANCELLED, NOMEM. gw_relay_notify records some of them meanwhile, and ends after 50 ms. CONFLICT: the lease is lost.
 */
enum gw_status gw_relay_publish(struct gw_relay *relay, struct gw_error *reterr);
enum gw_status gw_relay_notify(struct gw_relay *relay, struct gw_error *reterr);

/* The pause that a verdict asks for, limited to GW_RELAY_PAUSE_MAX_MS; 0: none. */
int64_t gw_relay_pause_ms(const struct gw_verdict *verdict);

/* Between two rounds: uses what gw_relay_exchange has left, if anything, and ends what it replaces. */
void gw_relay_take_next(struct gw_relay *relay);

/* From within a wait of the destination's plugin, which must not be called back. context: the relay. */
void gw_relay_lease_keep_in_plugin(void *context);

/* Who is notified instead when a notice of this event is given up or rerouted. */
struct gw_array gw_relay_targets(const struct gw_relay *relay, struct gw_text event);

/* The next row needs no further attempt: its destination has it. answer is borrowed until the group is recorded; NULL:
 * none. */
void gw_relay_settle_delivered(struct gw_relay *relay, const char *answer);

/* Whether the destination is removed, and the event goes to other notifiers now. */
bool gw_relay_is_rerouted(const struct gw_relay *relay, const struct gw_outbox_row *row);

/* The next row becomes these notices, of struct gw_notice_draft, which are borrowed until the group is recorded. */
void gw_relay_settle_opened(struct gw_relay *relay, const struct gw_array *drafts);

/* The next row needs no further attempt: its destination refused it for good. It becomes a dead letter, and those whom
 * the route names instead are notified. answer is borrowed until the group is recorded. OK, NOMEM. */
enum gw_status gw_relay_settle_refused(struct gw_relay *relay, const char *answer);

/* The next row is not sent: those to whom the destination's events go now get a row each, once for all notices of one
 * event that follow one another. OK, NOMEM. */
enum gw_status gw_relay_settle_rerouted(struct gw_relay *relay);

/* The next notice is for nobody of the file: these targets (of struct gw_outbox_target) get a row each; without targets
 * it becomes a dead letter. OK, NOMEM. */
enum gw_status gw_relay_settle_readdressed(struct gw_relay *relay, const struct gw_array *targets);

/* The next row was not delivered. It has so many attempts and is due in delay_ms. answer is borrowed until the group is
 * recorded. */
void gw_relay_settle_failed(struct gw_relay *relay, uint32_t attempts, int64_t delay_ms, const char *answer);

/* So many rows were sent, and are sent again. */
void gw_relay_note_repeated(struct gw_relay *relay, uint64_t count);

/* Writes the settlements since the last record to the repository, however often that has to be tried. OK; CONFLICT: the
 * lease is lost and somebody else has it, who repeats the rows; CANCELLED. */
enum gw_status gw_relay_record(struct gw_relay *relay);

#endif
