/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a relay: hold the lease, read the next rows, deliver, record. Rows stay pending until they are settled,
 * so the loop always reads from the beginning and remembers no number. relay_lease.c keeps the lease, relay_rows.c
 * reads and records a group of rows.
 */
#include "relay/relay.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "process/wakeup.h"
#include "relay/relay_internal.h"

#include <gangway/scope.h>

#include <stdlib.h>
#include <string.h>

enum {
    /* How often an idle relay looks without a wake-up: for requeued rows and, where other processes share the
     * repository, for their rows. */
    IDLE_MS = 2000,
    IDLE_SHARED_MS = 1000,
    /* How often it tries to acquire a lease that another process holds. */
    STAND_BY_MS = 1000,
    REPOSITORY_FIRST_MS = 100,
    REPOSITORY_MAX_MS = 10000,
    GROUP_MAX_BYTES = 256 * 1024 * 1024,
    TEXT_MAX_BYTES = 1024 * 1024,
    REMEMBERED_MAX_BYTES = 4 * 1024 * 1024
};

/* Sleeps until a wake-up or the deadline. CANCELLED: stop. */
static enum gw_status idle(struct gw_relay *relay, int64_t deadline_ms)
{
    uint32_t ready;
    enum gw_status status = gw_thread_wait(&relay->thread.idle_host, relay->wakeup, GW_WAIT_READ, deadline_ms, &ready);

    if (status == GW_OK && ready != 0)
        gw_wakeup_lower(relay->wakeup);
    return status;
}

/* How long an idle relay sleeps: until a row is due, at most until the next regular look. */
static int64_t idle_ms(const struct gw_relay *relay)
{
    int64_t longest = relay->lease.is_needed ? IDLE_SHARED_MS : IDLE_MS;
    int64_t until_due;

    if (relay->next_due_ms == GW_DUE_NEVER)
        return longest;
    until_due = relay->next_due_ms - gw_clock_monotonic_ms();
    if (until_due < 1)
        return 1;
    return until_due < longest ? until_due : longest;
}

/* Records the answer of gw_relay_is_empty. A relay with rows reports that before it delivers anything, because a
 * delivery can create rows for other relays. It never reports empty before the workers have ended, or for handovers
 * that came after its look began. */
static void note_emptiness(struct gw_relay *relay, bool is_finishing, uint_fast64_t handovers)
{
    bool is_empty = is_finishing && relay->row_count == 0 && relay->next_due_ms == GW_DUE_NEVER;
    uint_fast64_t empty_after = is_empty ? handovers + 1 : 0;

    if (atomic_exchange(&relay->empty_after, empty_after) != empty_after && is_empty)
        gw_wakeup_raise(relay->plan.ended);
}

/* Reads the next rows, and records whether there are none. */
static enum gw_status look_for_rows(struct gw_relay *relay, uint32_t limit, struct gw_error *reterr)
{
    bool is_finishing = atomic_load(&relay->is_finishing);
    uint_fast64_t handovers = atomic_load(relay->plan.handovers);
    enum gw_status status = gw_relay_next_rows(relay, limit, reterr);

    if (status == GW_OK)
        note_emptiness(relay, is_finishing, handovers);
    return status;
}

/* While another process holds the lease. Only a relay that must report when nothing is left looks at the rows. Commits
 * of this process do not wake it, because the other process delivers them. */
static enum gw_status stand_by(struct gw_relay *relay)
{
    int64_t deadline = gw_clock_monotonic_ms() + STAND_BY_MS;
    struct gw_error error = {0};
    enum gw_status status = GW_OK;
    bool is_finishing = atomic_load(&relay->is_finishing);

    if (is_finishing)
        status = look_for_rows(relay, 1, &error);
    if (status != GW_OK)
        return status == GW_CANCELLED ? status
                                      : gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host,
                                                                       &relay->repository_backoff, &error);
    gw_component_thread_recovered(&relay->thread, &relay->repository_backoff);
    do
        status = idle(relay, deadline);
    while (status == GW_OK && !atomic_load(&relay->is_finishing) && gw_clock_monotonic_ms() < deadline);
    return status;
}

/* Whether the last delivery emptied the outbox. A further commit wakes the relay. While finishing, it looks in any
 * case, in order to report. */
static bool has_nothing_left(const struct gw_relay *relay)
{
    return relay->has_end && relay->settled_count == relay->row_count && !atomic_load(&relay->is_finishing);
}

static enum gw_status sleep_until_due(struct gw_relay *relay)
{
    return idle(relay, gw_clock_monotonic_ms() + idle_ms(relay));
}

/* Waits as long as the other side asked for, and not less than the backoff. An exchange ends the wait: what failed says
 * nothing about what replaces it. */
static enum gw_status wait_for_destination(struct gw_relay *relay, const struct gw_error *error)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    int64_t wait_ms = gw_backoff_failed_ms(&relay->backoff, error, relay->plan.log, relay->id);
    uint32_t ready;

    if (relay->pause_ms > wait_ms)
        wait_ms = relay->pause_ms;
    relay->pause_ms = 0;
    return gw_thread_wait(&relay->thread.idle_host, relay->changed, GW_WAIT_READ, begun_ms + wait_ms, &ready);
}

static enum gw_status deliver(struct gw_relay *relay)
{
    bool is_publisher = relay->channel->component->section == GW_SECTION_PUBLISHERS;
    struct gw_error error = {0};
    enum gw_status status;
    enum gw_status recorded;

    gw_fault_point("before-deliver");
    status = is_publisher ? gw_relay_publish(relay, &error) : gw_relay_notify(relay, &error);
    if (status != GW_OK)
        gw_outbox_memory_close(relay->memory); /* an outage may be long, and an operator may change the waiting rows */
    recorded = gw_relay_record(relay);
    if (recorded == GW_CANCELLED || status == GW_CANCELLED)
        return GW_CANCELLED;
    if (status != GW_OK)
        return wait_for_destination(relay, &error);
    gw_component_thread_recovered(&relay->thread, &relay->backoff);
    if (recorded == GW_CONFLICT)
        return stand_by(relay);
    return is_publisher && has_nothing_left(relay) ? sleep_until_due(relay) : GW_OK;
}

/* The first time since an exchange, whoever waits for it looks again. */
static void note_up(struct gw_relay *relay)
{
    if (!atomic_load_explicit(&relay->is_up, memory_order_relaxed)) {
        atomic_store(&relay->is_up, true);
        gw_wakeup_raise(relay->plan.ended);
    }
}

/* A destination that was removed is not paused: what waits for it is delivered or rerouted. */
static bool is_paused(const struct gw_relay *relay)
{
    return relay->channel->component->settings.delivery.paused != 0 && !relay->routes->is_removed;
}

/* Keeps nothing that another gateway, whose file does not pause the destination, would need: neither the lease nor
 * rows. An exchange ends it. */
static enum gw_status rest(struct gw_relay *relay)
{
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    atomic_store(&relay->empty_after, 0);
    note_up(relay);
    return idle(relay, gw_clock_monotonic_ms() + IDLE_MS);
}

/* One round. OK: continue; CANCELLED: stop. */
static enum gw_status run_round(struct gw_relay *relay)
{
    struct gw_error error = {0};
    enum gw_status status;

    gw_relay_take_next(relay);
    if (is_paused(relay))
        return rest(relay);
    if (relay->thread.session == NULL)
        return gw_component_thread_open_session(&relay->thread, &relay->repository_backoff, &error);
    status = gw_relay_lease_hold(relay, &error);
    if (status == GW_OK) {
        if (relay->backoff.failures == 0 && !relay->tells_whole)
            gw_outbox_memory_open(relay->memory);
        status = look_for_rows(relay, relay->channel->group_size, &error);
    }
    if (status == GW_OK || status == GW_CONFLICT)
        note_up(relay);
    if (status == GW_CONFLICT)
        return stand_by(relay);
    if (status == GW_OK && relay->row_count > 0)
        status = gw_relay_lease_confirm(relay, &error); /* reading the rows may have taken long */
    if (status == GW_CONFLICT)
        return GW_OK;
    if (status == GW_CANCELLED)
        return status;
    if (status != GW_OK)
        return gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host, &relay->repository_backoff,
                                              &error);
    gw_component_thread_recovered(&relay->thread, &relay->repository_backoff);
    return relay->row_count > 0 ? deliver(relay) : sleep_until_due(relay);
}

/* The instance ends on the thread that used it, or where it was made if that thread was never started. */
static void end_channels(struct gw_relay *relay)
{
    struct gw_relay_channel *channel;
    struct gw_relay_channel *next;

    (void)pthread_mutex_lock(&relay->lock);
    channel = relay->channel;
    next = relay->next_channel;
    relay->channel = relay->next_channel = NULL;
    (void)pthread_mutex_unlock(&relay->lock);
    gw_relay_channel_free(channel);
    gw_relay_channel_free(next);
}

static void run(void *context)
{
    struct gw_relay *relay = context;
    enum gw_status status = GW_OK;

    while (status == GW_OK && !gw_component_thread_is_stopping(&relay->thread)) {
        gw_component_thread_beat(&relay->thread);
        status = run_round(relay);
    }
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    end_channels(relay);
}

void gw_relay_lease_keep_in_plugin(void *context)
{
    gw_relay_lease_keep(context);
}

static void (*plugin_keepalive(const struct gw_relay *relay))(void *self)
{
    const void *ops = relay->channel->component->plugin->ops;

    return relay->channel->component->section == GW_SECTION_PUBLISHERS
               ? ((const struct gw_publisher_ops *)ops)->keepalive
               : ((const struct gw_notifier_ops *)ops)->keepalive;
}

/* Runs in a wait of the relay itself or of its session. The session may be waiting for a lease renewal that runs inside
 * a wait of the plugin. */
static void keep_all(void *context)
{
    struct gw_relay *relay = context;
    void (*keepalive)(void *self) = plugin_keepalive(relay);

    if (keepalive != NULL && !relay->is_in_plugin) {
        relay->is_in_plugin = true;
        keepalive(relay->channel->self);
        relay->is_in_plugin = false;
    }
    gw_relay_lease_keep(relay);
}

static void open_thread(struct gw_relay *relay)
{
    const struct gw_relay_plan *plan = &relay->plan;
    struct gw_component_thread_plan thread = {.service = plan->service,
                                              .id = relay->id,
                                              .log = plan->log,
                                              .repository = plan->repository_plugin->ops,
                                              .repository_self = plan->repository_self,
                                              .stop = plan->stop,
                                              .abort = plan->abort,
                                              .ended = plan->ended};

    gw_component_thread_init(&relay->thread, &thread);
    relay->thread.session_host.keepalive = relay->thread.idle_host.keepalive = keep_all;
    relay->thread.session_host.keepalive_context = relay->thread.idle_host.keepalive_context = relay;
}

static enum gw_status open_memory(struct gw_relay *relay, struct gw_error *reterr)
{
    relay->memory = gw_outbox_memory_new(gw_text_of(relay->id), relay->plan.epoch, REMEMBERED_MAX_BYTES);
    relay->arena = gw_arena_new(GROUP_MAX_BYTES);
    relay->json = gw_json_reader_new(TEXT_MAX_BYTES);
    gw_buffer_init(&relay->buffer, TEXT_MAX_BYTES);
    if (relay->memory == NULL || relay->arena == NULL || relay->json == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay");
    relay->wakeup = gw_wakeup_open();
    relay->changed = gw_wakeup_open();
    return relay->wakeup >= 0 && relay->changed >= 0
               ? GW_OK
               : gw_error_set(reterr, GW_NOMEM, "no descriptor for a relay's wake-up");
}

static enum gw_status relay_open(struct gw_relay *relay, struct gw_error *reterr)
{
    const struct gw_relay_plan *plan = &relay->plan;
    struct gw_relay_routes_plan routes = {plan->component->id, plan->bootstrap, plan->configuration, NULL};
    enum gw_status status = open_memory(relay, reterr);

    relay->repository = plan->repository_plugin->ops;
    relay->repository_backoff = (struct gw_backoff){
        .events = &gw_backoff_of_repository, .first_ms = REPOSITORY_FIRST_MS, .max_ms = REPOSITORY_MAX_MS};
    relay->lease.is_needed = (plan->repository_plugin->features & GW_REPOSITORY_SHARED) != 0;
    if (status != GW_OK)
        return status;
    relay->next_routes = gw_relay_routes_new(&routes);
    if (relay->next_routes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay's routes");
    status = gw_relay_channel_new(plan, &relay->next_channel, reterr);
    if (status == GW_OK)
        gw_relay_take_next(relay);
    return status;
}

enum gw_status gw_relay_new(const struct gw_relay_plan *plan, struct gw_relay **ret_relay, struct gw_error *reterr)
{
    struct gw_relay *relay = calloc(1, sizeof *relay);
    char *id = strdup(plan->component->id);
    enum gw_status status;

    if (relay == NULL || id == NULL) {
        free(relay);
        free(id);
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay");
    }
    relay->plan = *plan;
    relay->id = id;
    relay->wakeup = relay->changed = -1;
    (void)pthread_mutex_init(&relay->lock, NULL);
    open_thread(relay);
    gw_event_source_write(relay->source, plan->service != NULL ? plan->service : "gangway");
    status = relay_open(relay, reterr);
    if (status != GW_OK) {
        gw_relay_free(relay);
        return status;
    }
    *ret_relay = relay;
    return GW_OK;
}

void gw_relay_free(struct gw_relay *relay)
{
    if (relay == NULL)
        return;
    end_channels(relay);
    gw_relay_routes_free(relay->routes);
    gw_relay_routes_free(relay->next_routes);
    (void)pthread_mutex_destroy(&relay->lock);
    gw_wakeup_close(relay->wakeup);
    gw_wakeup_close(relay->changed);
    gw_outbox_memory_free(relay->memory);
    gw_json_reader_free(relay->json);
    gw_arena_free(relay->arena);
    gw_buffer_done(&relay->buffer);
    free(relay->id);
    free(relay);
}

enum gw_status gw_relay_start(struct gw_relay *relay, struct gw_error *reterr)
{
    return gw_component_thread_start(&relay->thread, run, relay, reterr);
}

void gw_relay_join(struct gw_relay *relay)
{
    gw_component_thread_join(&relay->thread);
}

void gw_relay_wake(struct gw_relay *relay)
{
    gw_wakeup_raise(relay->wakeup);
}

void gw_relay_offer(struct gw_relay *relay, const struct gw_outbox_commit *commit)
{
    if (gw_outbox_memory_offer(relay->memory, commit))
        gw_wakeup_raise(relay->wakeup);
}

void gw_relay_finish(struct gw_relay *relay)
{
    atomic_store(&relay->is_finishing, true);
    gw_wakeup_raise(relay->wakeup);
}

void gw_relay_resume(struct gw_relay *relay)
{
    atomic_store(&relay->is_finishing, false);
    atomic_store(&relay->empty_after, 0);
}

bool gw_relay_is_empty(const struct gw_relay *relay, uint_fast64_t handovers)
{
    return atomic_load(&relay->empty_after) == handovers + 1;
}

bool gw_relay_has_ended(const struct gw_relay *relay)
{
    return gw_component_thread_has_ended(&relay->thread);
}

const char *gw_relay_id(const struct gw_relay *relay)
{
    return relay->id;
}

void *gw_relay_self(const struct gw_relay *relay)
{
    return relay->channel->self;
}

bool gw_relay_is_up(const struct gw_relay *relay)
{
    return atomic_load(&relay->is_up);
}

unsigned gw_relay_exchanges(const struct gw_relay *relay)
{
    return atomic_load(&relay->exchanges);
}

struct gw_component_thread *gw_relay_thread(struct gw_relay *relay)
{
    return &relay->thread;
}

void gw_relay_visit_instance(struct gw_relay *relay, gw_relay_visit_fn *visit, void *context)
{
    (void)pthread_mutex_lock(&relay->lock);
    if (relay->channel != NULL)
        visit(context, relay->channel->component, &relay->channel->metrics);
    (void)pthread_mutex_unlock(&relay->lock);
}

bool gw_relay_delivers(const struct gw_relay *relay)
{
    return !relay->lease.is_needed || atomic_load(&relay->lease.is_held);
}

const char *gw_relay_repository_code(const struct gw_relay *relay)
{
    return gw_backoff_code(&relay->repository_backoff);
}

const struct gw_relay_figures *gw_relay_figures(const struct gw_relay *relay)
{
    return &relay->figures;
}
