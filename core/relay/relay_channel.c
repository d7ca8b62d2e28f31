/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: an instance of the destination's plugin with the memory of a group. Any thread creates one for the relay,
 * whose thread closes it. */
#include "process/wakeup.h"
#include "relay/relay_internal.h"

#include <stdlib.h>

/* Notices that are read together. They are sent one after another, and recorded in between. */
enum { NOTICES = 500 };

static void open_host(struct gw_relay_channel *channel, const struct gw_relay_plan *plan)
{
    gw_thread_host_init(&channel->plugin_host, plan->service, plan->component->id, plan->log, plan->abort);
    channel->plugin_host.table.console = plan->console;
    channel->plugin_host.metrics = &channel->metrics;
}

static enum gw_status channel_open(struct gw_relay_channel *channel, const struct gw_relay_plan *plan,
                                   struct gw_error *reterr)
{
    const struct gw_delivery_settings *settings = &plan->component->settings.delivery;

    channel->group_size =
        plan->component->section == GW_SECTION_PUBLISHERS ? (uint32_t)settings->batch : (uint32_t)NOTICES;
    channel->rows = calloc(channel->group_size, sizeof *channel->rows);
    channel->notices = calloc(channel->group_size, sizeof *channel->notices);
    channel->verdicts = calloc(channel->group_size, sizeof *channel->verdicts);
    channel->settlements = calloc(channel->group_size, sizeof *channel->settlements);
    if (channel->rows == NULL || channel->notices == NULL || channel->verdicts == NULL || channel->settlements == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a group of events");
    open_host(channel, plan);
    return plan->component->plugin->open(&channel->plugin_host.table, plan->component->config, &channel->self, reterr);
}

enum gw_status gw_relay_channel_new(const struct gw_relay_plan *plan, struct gw_relay_channel **ret_channel,
                                    struct gw_error *reterr)
{
    struct gw_relay_channel *channel = calloc(1, sizeof *channel);
    enum gw_status status;

    if (channel == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a channel");
    channel->component = plan->component;
    channel->configuration = gw_configuration_hold(plan->configuration);
    gw_metrics_init(&channel->metrics, plan->component->plugin, false);
    status = channel_open(channel, plan, reterr);
    if (status != GW_OK) {
        gw_relay_channel_free(channel);
        return status;
    }
    *ret_channel = channel;
    return GW_OK;
}

void gw_relay_channel_free(struct gw_relay_channel *channel)
{
    if (channel == NULL)
        return;
    if (channel->self != NULL)
        channel->component->plugin->close(channel->self);
    gw_metrics_done(&channel->metrics);
    gw_configuration_release(channel->configuration);
    free(channel->rows);
    free(channel->notices);
    free(channel->verdicts);
    free(channel->settlements);
    free(channel);
}

void *gw_relay_channel_self(const struct gw_relay_channel *channel)
{
    return channel->self;
}

/* ---- the exchange */

struct gw_relay_channel *gw_relay_exchange(struct gw_relay *relay, struct gw_relay_channel *channel,
                                           struct gw_relay_routes *routes)
{
    struct gw_relay_channel *passed_over = NULL;
    struct gw_relay_routes *old_routes = NULL;

    (void)pthread_mutex_lock(&relay->lock);
    if (channel != NULL) {
        passed_over = relay->next_channel;
        relay->next_channel = channel;
    }
    if (routes != NULL) {
        old_routes = relay->next_routes;
        relay->next_routes = routes;
    }
    (void)pthread_mutex_unlock(&relay->lock);
    gw_relay_routes_free(old_routes);
    gw_wakeup_raise(relay->changed);
    gw_relay_wake(relay);
    return passed_over;
}

/* Applies the settings of a channel that is now used. Failures of the channel before do not count for it. */
static void begin(struct gw_relay *relay)
{
    const struct gw_delivery_settings *settings = &relay->channel->component->settings.delivery;

    gw_backoff_reset(&relay->backoff);
    gw_last_failure_clear(&relay->thread.last_failure, &relay->backoff);
    relay->backoff.events = &gw_backoff_of_delivery;
    relay->backoff.first_ms = settings->backoff_ms;
    relay->backoff.max_ms = settings->backoff_max_ms;
    relay->backoff.logged_reason = 0;
    relay->pause_ms = 0;
    relay->row_count = relay->settled_count = relay->settlement_count = relay->recorded_count = 0;
    relay->sleep_host.keepalive = gw_relay_plugin_keepalive(relay) != NULL ? gw_relay_keep_plugin : NULL;
    relay->channel->plugin_host.keepalive = gw_relay_lease_keep_in_plugin;
    relay->channel->plugin_host.beat = &relay->thread.beat;
    relay->channel->plugin_host.keepalive_context = relay;
}

/* Otherwise notices may wait for one that the new file does not name. */
static bool has_every_recipient_of(const struct gw_component *component, const struct gw_component *old)
{
    for (size_t index = 0; index < old->recipient_count; index++)
        if (!gw_relay_is_recipient(component, gw_text_of(old->recipients[index])))
            return false;
    return true;
}

void gw_relay_take_next(struct gw_relay *relay)
{
    struct gw_relay_channel *old_channel = NULL;
    struct gw_relay_routes *old_routes = NULL;

    (void)pthread_mutex_lock(&relay->lock);
    gw_wakeup_lower(relay->changed);
    if (relay->next_channel != NULL) {
        old_channel = relay->channel;
        relay->channel = relay->next_channel;
        relay->next_channel = NULL;
        relay->has_readdressed =
            relay->has_readdressed && has_every_recipient_of(relay->channel->component, old_channel->component);
        begin(relay);
    }
    if (relay->next_routes != NULL) {
        old_routes = relay->routes;
        relay->routes = relay->next_routes;
        relay->next_routes = NULL;
        relay->has_rerouted = false;
    }
    (void)pthread_mutex_unlock(&relay->lock);
    if (old_channel == NULL && old_routes == NULL)
        return;
    atomic_store(&relay->is_up, false);
    gw_relay_channel_free(old_channel);
    gw_relay_routes_free(old_routes);
    atomic_fetch_add(&relay->exchanges, 1);
    gw_wakeup_raise(relay->plan.ended);
}
