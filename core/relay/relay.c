/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a relay, and what other threads ask of it. relay_loop.c is what its own thread does. */
#include "relay/relay.h"

#include "config/notice_text.h"
#include "process/wakeup.h"
#include "relay/relay_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPOSITORY_FIRST_MS = 100,
    REPOSITORY_MAX_MS = 10000,
    GROUP_MAX_BYTES = 256 * 1024 * 1024,
    REMEMBERED_MAX_BYTES = 4 * 1024 * 1024
};

void gw_relay_end_channels(struct gw_relay *relay)
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

void gw_relay_lease_keep_in_plugin(void *context)
{
    gw_relay_lease_keep(context);
}

/* NULL: the plugin has none. */
void (*gw_relay_plugin_keepalive(const struct gw_relay *relay))(void *self)
{
    const void *ops = relay->channel->component->plugin->ops;

    return relay->channel->component->section == GW_SECTION_PUBLISHERS
               ? ((const struct gw_publisher_ops *)ops)->keepalive
               : ((const struct gw_notifier_ops *)ops)->keepalive;
}

/* The session may be waiting for a lease renewal that runs inside a wait of the plugin. */
void gw_relay_keep_plugin(void *context)
{
    struct gw_relay *relay = context;
    void (*keepalive)(void *self) = gw_relay_plugin_keepalive(relay);

    if (keepalive != NULL && !relay->is_in_plugin) {
        relay->is_in_plugin = true;
        keepalive(relay->channel->self);
        relay->is_in_plugin = false;
    }
}

/* Runs in a wait of the relay itself or of its session. */
static void keep_all(void *context)
{
    gw_relay_keep_plugin(context);
    gw_relay_lease_keep(context);
}

static void open_thread(struct gw_relay *relay)
{
    const struct gw_relay_plan *plan = &relay->plan;
    struct gw_component_thread_plan thread = {.service = plan->service,
                                              .id = relay->id,
                                              .log = plan->log,
                                              .repository_plugin = plan->repository_plugin,
                                              .repository_self = plan->repository_self,
                                              .stop = plan->stop,
                                              .abort = plan->abort,
                                              .ended = plan->ended};

    gw_component_thread_init(&relay->thread, &thread);
    relay->thread.session_host.keepalive = relay->thread.idle_host.keepalive = keep_all;
    relay->thread.session_host.keepalive_context = relay->thread.idle_host.keepalive_context = relay;
    gw_thread_host_init(&relay->sleep_host, plan->service, relay->id, plan->log, plan->stop);
    relay->sleep_host.beat = &relay->thread.beat;
    relay->sleep_host.keepalive_context = relay;
    relay->sleep_host.keepalive_ms = GW_KEEPALIVE_IDLE_MS;
}

static enum gw_status open_memory(struct gw_relay *relay, struct gw_error *reterr)
{
    relay->memory = gw_outbox_memory_new(gw_text_of(relay->id), relay->plan.epoch, REMEMBERED_MAX_BYTES);
    relay->arena = gw_arena_new(GROUP_MAX_BYTES);
    relay->json = gw_json_reader_new(GW_NOTICE_TEXT_MAX_BYTES);
    gw_buffer_init(&relay->buffer, GW_NOTICE_TEXT_MAX_BYTES);
    if (relay->memory == NULL || relay->arena == NULL || relay->json == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a relay");
    relay->wakeup = gw_wakeup_open();
    if (relay->wakeup >= 0)
        relay->changed = gw_wakeup_open();
    return relay->changed >= 0 ? GW_OK : gw_error_set_errno(reterr, GW_NOMEM, errno, "preparing a relay's wake-ups");
}

static enum gw_status relay_open(struct gw_relay *relay, struct gw_error *reterr)
{
    const struct gw_relay_plan *plan = &relay->plan;
    struct gw_relay_routes_plan routes = {plan->component->id, plan->bootstrap, plan->configuration, NULL};
    enum gw_status status = open_memory(relay, reterr);

    relay->repository = plan->repository_plugin->ops;
    relay->repository_backoff = (struct gw_backoff){
        .events = &gw_backoff_of_repository, .first_ms = REPOSITORY_FIRST_MS, .max_ms = REPOSITORY_MAX_MS};
    relay->has_notices = plan->component->section == GW_SECTION_NOTIFIERS &&
                         (plan->repository_plugin->features & GW_REPOSITORY_NOTICES) != 0;
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
    gw_relay_end_channels(relay);
    gw_relay_routes_free(relay->routes);
    gw_relay_routes_free(relay->next_routes);
    gw_component_thread_done(&relay->thread);
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
    return gw_component_thread_start(&relay->thread, gw_relay_run, relay, reterr);
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
    atomic_store(&relay->keeps_rows, false);
    atomic_store(&relay->empty_after, 0);
}

bool gw_relay_is_empty(const struct gw_relay *relay, uint_fast64_t handovers)
{
    return atomic_load(&relay->empty_after) == handovers + 1;
}

bool gw_relay_keeps_rows(const struct gw_relay *relay)
{
    return atomic_load(&relay->keeps_rows);
}

bool gw_relay_has_ended(const struct gw_relay *relay)
{
    return gw_component_thread_has_ended(&relay->thread);
}

bool gw_relay_has_left(const struct gw_relay *relay)
{
    return atomic_load(&relay->has_left);
}

const char *gw_relay_id(const struct gw_relay *relay)
{
    return relay->id;
}

void *gw_relay_self(const struct gw_relay *relay)
{
    return relay->channel->self;
}

bool gw_relay_has_instance(const struct gw_relay *relay)
{
    return relay != NULL && (relay->channel != NULL || relay->next_channel != NULL);
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
