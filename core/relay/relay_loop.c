/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a relay: hold the lease, read the next rows, deliver, record. Rows stay pending until they are settled,
 * so the loop always reads from the beginning and remembers no number. relay_lease.c keeps the lease, relay_rows.c
 * reads and records a group of rows.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "process/wakeup.h"
#include "relay/relay_internal.h"

enum {
    /* How often an idle relay looks without a wake-up: for requeued rows and, where other processes share the
     * repository, for their rows. */
    IDLE_MS = 2000,
    IDLE_SHARED_MS = 1000,
    /* How often it tries to acquire a lease that another process holds. */
    STAND_BY_MS = 1000
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

void gw_relay_run(void *context)
{
    struct gw_relay *relay = context;
    enum gw_status status = GW_OK;

    while (status == GW_OK && !gw_component_thread_is_stopping(&relay->thread)) {
        gw_component_thread_beat(&relay->thread);
        status = run_round(relay);
    }
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    gw_relay_end_channels(relay);
}
