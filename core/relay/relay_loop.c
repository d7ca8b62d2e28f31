/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a relay: hold the lease, read the next rows, deliver, record. Rows stay pending until they are settled,
 * so the loop always reads from the beginning and remembers no number. A notifier, where the repository keeps notices,
 * first opens the rows into notices, then delivers notices. relay_lease.c keeps the lease, relay_rows.c reads and
 * records a group of rows, relay_notices.c one of notices, relay_sleep.c waits for the next.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "process/wakeup.h"
#include "relay/relay_internal.h"

/* How often a paused relay looks whether it still has to rest. */
enum { REST_MS = 2000 };

/* Records the answer of gw_relay_is_empty. A relay with rows reports that before it delivers anything, because a
 * delivery can create rows for other relays. It never reports empty before the workers have ended, or for handovers
 * that came after its look began. */
static void note_emptiness(struct gw_relay *relay, bool is_finishing, uint_fast64_t handovers)
{
    bool is_empty =
        is_finishing && relay->row_count == 0 && relay->opened_count == 0 && relay->next_due_ms == GW_DUE_NEVER;
    uint_fast64_t empty_after = is_empty ? handovers + 1 : 0;

    if (atomic_exchange(&relay->empty_after, empty_after) != empty_after && is_empty)
        gw_wakeup_raise(relay->plan.ended);
}

/* Reads the rows of a notifier: readdresses its notices, opens its events, then reads the notices that are due. */
static enum gw_status next_notices(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status = gw_relay_reroute_notices(relay, reterr);

    if (status == GW_OK)
        status = gw_relay_readdress_notices(relay, reterr);
    if (status == GW_OK)
        status = gw_relay_next_rows(relay, gw_relay_open_limit(relay), reterr);
    if (status == GW_OK && relay->row_count > 0) {
        relay->opened_count = relay->row_count;
        status = gw_relay_open(relay, reterr);
    }
    if (status == GW_OK)
        status = gw_relay_next_notices(relay, gw_relay_notice_limit(relay), reterr);
    return status == GW_OK ? gw_relay_close_notices(relay, reterr) : status;
}

/* The same without the lease: whether there is a row or a notice. */
static enum gw_status peek(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status = gw_relay_next_rows(relay, 1, reterr);

    if (status == GW_OK && relay->row_count == 0 && relay->has_notices)
        status = gw_relay_next_notices(relay, 1, reterr);
    return status;
}

/* Reads what to deliver, and records whether there is nothing. */
static enum gw_status look_for_rows(struct gw_relay *relay, bool has_lease, struct gw_error *reterr)
{
    bool is_finishing = atomic_load(&relay->is_finishing);
    uint_fast64_t handovers = atomic_load(relay->plan.handovers);
    enum gw_status status;

    relay->opened_count = 0;
    relay->is_ending = is_finishing;
    if (!has_lease)
        status = peek(relay, reterr);
    else if (relay->has_notices)
        status = next_notices(relay, reterr);
    else
        status = gw_relay_next_rows(relay, relay->channel->group_size, reterr);
    if (status == GW_OK)
        note_emptiness(relay, is_finishing, handovers);
    return status;
}

/* While another process holds the lease. Only a relay that must report when nothing is left looks at the rows. */
static enum gw_status stand_by(struct gw_relay *relay)
{
    struct gw_error error = {0};
    enum gw_status status = GW_OK;

    if (atomic_load(&relay->is_finishing))
        status = look_for_rows(relay, false, &error);
    if (status != GW_OK)
        return status == GW_CANCELLED ? status
                                      : gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host,
                                                                       &relay->repository_backoff, &error);
    gw_component_thread_recovered(&relay->thread, &relay->repository_backoff);
    return gw_relay_sleep_without_lease(relay);
}

/* Whether the last delivery emptied the outbox. A further commit wakes the relay. While finishing, it looks in any
 * case, in order to report. */
static bool has_nothing_left(const struct gw_relay *relay)
{
    return relay->has_end && relay->settled_count == relay->row_count && !atomic_load(&relay->is_finishing);
}

/* Waits as long as the other side asked for, and not less than the backoff. An exchange ends the wait: what failed says
 * nothing about what replaces it. Notices that go to the fallback are due, so there is no wait between two groups of
 * them. */
static enum gw_status wait_for_destination(struct gw_relay *relay, const struct gw_error *error)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    int64_t wait_ms = gw_component_thread_failed_ms(&relay->thread, &relay->backoff, error);
    uint32_t ready;

    if (relay->pause_ms > wait_ms)
        wait_ms = relay->pause_ms;
    relay->pause_ms = 0;
    if (relay->has_given_up_all)
        return GW_OK;
    return gw_thread_wait(&relay->thread.idle_host, relay->changed, GW_WAIT_READ, begun_ms + wait_ms, &ready);
}

static enum gw_status deliver(struct gw_relay *relay)
{
    bool is_publisher = relay->channel->component->section == GW_SECTION_PUBLISHERS;
    struct gw_error error = {0};
    enum gw_status status;
    enum gw_status recorded;

    gw_fault_point("before-deliver");
    relay->has_given_up_all = false;
    status = is_publisher ? gw_relay_publish(relay, &error) : gw_relay_notify(relay, &error);
    if (status != GW_OK)
        gw_outbox_memory_close(relay->memory); /* an outage may be long, and an operator may change the waiting rows */
    recorded = gw_relay_record(relay);
    if (recorded == GW_CANCELLED || (status == GW_CANCELLED && gw_component_thread_is_stopping(&relay->thread)))
        return GW_CANCELLED;
    if (status != GW_OK && status != GW_CONFLICT)
        return wait_for_destination(relay, &error);
    gw_component_thread_recovered(&relay->thread, &relay->backoff);
    if (recorded == GW_CONFLICT || status == GW_CONFLICT)
        return stand_by(relay);
    return is_publisher && has_nothing_left(relay) ? gw_relay_sleep(relay) : GW_OK;
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

/* While finishing, a paused relay looks once a round, so that a run ends whose events are all delivered but for those
 * that a pause keeps. */
static enum gw_status look_while_paused(struct gw_relay *relay)
{
    struct gw_error error = {0};
    enum gw_status status = gw_component_thread_open_session(&relay->thread, &relay->repository_backoff, &error);

    if (status != GW_OK)
        return status;
    status = look_for_rows(relay, false, &error);
    if (status == GW_CANCELLED)
        return status;
    if (status != GW_OK)
        return gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host, &relay->repository_backoff,
                                              &error);
    gw_component_thread_recovered(&relay->thread, &relay->repository_backoff);
    atomic_store(&relay->keeps_rows, atomic_load(&relay->empty_after) == 0);
    gw_wakeup_raise(relay->plan.ended);
    return gw_relay_sleep_ms(relay, REST_MS, NULL);
}

/* Keeps nothing that another gateway, whose file does not pause the destination, would need: neither the lease nor
 * rows. An exchange ends it. */
static enum gw_status rest(struct gw_relay *relay)
{
    if (atomic_load(&relay->is_finishing))
        return look_while_paused(relay);
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    atomic_store(&relay->empty_after, 0);
    note_up(relay);
    return gw_relay_sleep_ms(relay, REST_MS, NULL);
}

/* Reads the next rows under the lease. CONFLICT: the lease was lost. */
static enum gw_status read_group(struct gw_relay *relay, struct gw_error *reterr)
{
    enum gw_status status;

    if (relay->backoff.failures == 0 && !relay->tells_whole)
        gw_outbox_memory_open(relay->memory);
    status = look_for_rows(relay, true, reterr);
    if (status == GW_OK)
        note_up(relay);
    if (status == GW_OK && relay->row_count > 0)
        status = gw_relay_lease_confirm(relay, reterr); /* reading the rows may have taken long */
    return status;
}

/* One round. OK: continue; otherwise stop, or recover. */
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
    if (status == GW_CONFLICT) {
        note_up(relay);
        return stand_by(relay);
    }
    if (status == GW_OK)
        status = read_group(relay, &error);
    if (status == GW_CONFLICT)
        return GW_OK; /* the lease was lost */
    if (status == GW_CANCELLED)
        return status;
    if (status != GW_OK)
        return gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host, &relay->repository_backoff,
                                              &error);
    gw_component_thread_recovered(&relay->thread, &relay->repository_backoff);
    if (relay->row_count > 0)
        return deliver(relay);
    return relay->opened_count > 0 ? GW_OK : gw_relay_sleep(relay);
}

/* Nothing but a stop ends a relay. After any other end of a round it reads again what was not recorded, in a new
 * session. */
static void recover(struct gw_relay *relay, enum gw_status status)
{
    struct gw_error error = {0};

    if (status == GW_OK || gw_component_thread_is_stopping(&relay->thread))
        return;
    (void)gw_error_set(&error, GW_TRANSIENT, "a call ended with the status %s although no stop was requested",
                       gw_status_word((int)status));
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    (void)gw_component_thread_wait_after(&relay->thread, &relay->thread.idle_host, &relay->repository_backoff, &error);
}

void gw_relay_run(void *context)
{
    struct gw_relay *relay = context;

    gw_rate_begin(&relay->figures.sending, gw_clock_monotonic_ms());
    while (!gw_component_thread_is_stopping(&relay->thread)) {
        gw_component_thread_beat(&relay->thread);
        recover(relay, run_round(relay));
    }
    gw_component_thread_close_session(&relay->thread);
    gw_relay_lease_lost(relay);
    atomic_store(&relay->has_left, true);
    gw_wakeup_raise(relay->plan.ended);
    gw_relay_end_channels(relay);
}
