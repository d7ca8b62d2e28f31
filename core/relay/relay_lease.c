/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lease of a destination: acquired, renewed from every wait, and lost. A lost lease is harmless. The new holder
 * repeats what was delivered under the old lease, with the same idempotency keys, and only the holder can record
 * anything.
 */
#include "base/clock.h"
#include "relay/relay_internal.h"

static bool is_proven(const struct gw_relay_lease *lease)
{
    return lease->is_held && gw_clock_monotonic_ms() - lease->proven_ms < GW_LEASE_RENEW_MS;
}

void gw_relay_lease_proven(struct gw_relay *relay, int64_t begun_ms)
{
    relay->lease.is_held = relay->lease.was_held = relay->lease.is_needed;
    relay->lease.proven_ms = begun_ms;
}

void gw_relay_lease_lost(struct gw_relay *relay)
{
    relay->lease.is_held = false;
    relay->has_rerouted = relay->has_readdressed = false;
    gw_outbox_memory_close(relay->memory);
}

static void log_change(struct gw_relay *relay, bool is_waited_for)
{
    if (relay->lease.is_waited_for == is_waited_for)
        return;
    relay->lease.is_waited_for = is_waited_for;
    gw_log_event(relay->plan.log, is_waited_for ? GW_CODE_LEASE_AWAITED : GW_CODE_LEASE_TAKEN, relay->id, "%s",
                 is_waited_for ? "another process holds the lease of this destination; waiting"
                               : "lease taken; delivering");
}

static enum gw_status request(struct gw_relay *relay, struct gw_error *reterr)
{
    int64_t begun_ms = gw_clock_monotonic_ms();
    enum gw_status status;

    relay->is_in_repository = true;
    status = relay->repository->lease(relay->thread.session, gw_text_of(relay->id), reterr);
    relay->is_in_repository = false;
    if (status == GW_OK)
        gw_relay_lease_proven(relay, begun_ms);
    else
        gw_relay_lease_lost(relay);
    if (status == GW_CONFLICT)
        relay->lease.was_held = false;
    return status;
}

enum gw_status gw_relay_lease_confirm(struct gw_relay *relay, struct gw_error *reterr)
{
    if (!relay->lease.is_needed || is_proven(&relay->lease))
        return GW_OK;
    return request(relay, reterr);
}

/* The first CONFLICT while the lease was held may only mean that it was lost. The second call tells whether another
 * session holds it. */
enum gw_status gw_relay_lease_hold(struct gw_relay *relay, struct gw_error *reterr)
{
    bool was_held = relay->lease.was_held;
    enum gw_status status;

    if (!relay->lease.is_needed || relay->lease.is_held)
        return GW_OK;
    status = request(relay, reterr);

    if (status == GW_CONFLICT && was_held)
        status = request(relay, reterr);
    if (status == GW_OK || status == GW_CONFLICT)
        log_change(relay, status == GW_CONFLICT);
    return status;
}

/* It ignores the answer: the relay checks the lease again before the next delivery. */
void gw_relay_lease_keep(struct gw_relay *relay)
{
    struct gw_error error = {0};

    if (relay->lease.is_held && !relay->is_in_repository && !is_proven(&relay->lease))
        (void)request(relay, &error);
}
