/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a relay waits for rows. Workers of its own process wake it. Those of other processes announce their commits
 * through the repository to the holder of the lease, where the repository can do that.
 */
#include "base/clock.h"
#include "process/wakeup.h"
#include "relay/relay_internal.h"

enum {
    /* How often a relay looks without a wake-up: for requeued rows and, where other processes share the repository and
     * cannot announce, for their rows. */
    LOOK_MS = 2000,
    LOOK_SHARED_MS = 1000,
    STAND_BY_MS = 1000, /* how often it tries to acquire a lease that another process holds */
    ANNOUNCE_MS = 10    /* at most once in this time */
};

static bool can_announce(const struct gw_relay *relay)
{
    return relay->lease.is_needed && relay->repository->outbox_announce != NULL;
}

/* When an idle relay has to look again. The look renews the lease, so it is due when the lease has to be renewed. */
static int64_t next_look_ms(const struct gw_relay *relay)
{
    int64_t now_ms = gw_clock_monotonic_ms();
    int64_t look_ms = now_ms + (relay->lease.is_needed ? LOOK_SHARED_MS : LOOK_MS);

    if (can_announce(relay))
        look_ms = relay->lease.proven_ms + GW_LEASE_RENEW_MS;
    if (relay->next_due_ms != GW_DUE_NEVER && relay->next_due_ms < look_ms)
        look_ms = relay->next_due_ms > now_ms ? relay->next_due_ms : now_ms + 1;
    return look_ms;
}

static enum gw_status sleep_until(struct gw_relay *relay, int64_t deadline_ms, bool *ret_is_woken)
{
    uint32_t ready;
    enum gw_status status = gw_thread_wait(&relay->sleep_host, relay->wakeup, GW_WAIT_READ, deadline_ms, &ready);

    if (status == GW_OK && ready != 0)
        gw_wakeup_lower(relay->wakeup);
    if (ret_is_woken != NULL)
        *ret_is_woken = status == GW_OK && ready != 0;
    return status;
}

enum gw_status gw_relay_sleep_ms(struct gw_relay *relay, int64_t ms, bool *ret_is_woken)
{
    return sleep_until(relay, gw_clock_monotonic_ms() + ms, ret_is_woken);
}

enum gw_status gw_relay_sleep(struct gw_relay *relay)
{
    enum gw_status status = GW_OK;
    int32_t fd = -1;

    if (can_announce(relay) && relay->repository->outbox_await(relay->thread.session, &fd) == GW_ALREADY)
        return GW_OK;
    relay->sleep_host.also = fd;
    status = sleep_until(relay, next_look_ms(relay), NULL);
    relay->sleep_host.also = -1;
    return status;
}

/* A failure is of no consequence: the holder looks without an announcement, too. */
static enum gw_status announce(struct gw_relay *relay)
{
    struct gw_error error = {0};
    enum gw_status status;

    relay->is_in_repository = true;
    status = relay->repository->outbox_announce(relay->thread.session, gw_text_of(relay->id), &error);
    relay->is_in_repository = false;
    return status == GW_CANCELLED ? status : gw_thread_pause(&relay->sleep_host, ANNOUNCE_MS);
}

enum gw_status gw_relay_sleep_without_lease(struct gw_relay *relay)
{
    int64_t deadline_ms = gw_clock_monotonic_ms() + STAND_BY_MS;
    bool is_woken;
    enum gw_status status;

    do {
        status = sleep_until(relay, deadline_ms, &is_woken);
        if (status == GW_OK && is_woken && can_announce(relay))
            status = announce(relay);
    } while (status == GW_OK && !atomic_load(&relay->is_finishing) && gw_clock_monotonic_ms() < deadline_ms);
    return status;
}
