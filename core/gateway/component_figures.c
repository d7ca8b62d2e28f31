/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of counters. Counters of threads are read without an order: each is right by itself. */
#include "gateway/component_figures.h"

#include <stdlib.h>
#include <string.h>

struct gw_component_figures *gw_component_figures_new(const char *id, enum gw_section section)
{
    struct gw_component_figures *figures = calloc(1, sizeof *figures + strlen(id) + 1);

    if (figures == NULL)
        return NULL;
    figures->section = section;
    figures->turn_messages.scale = &gw_histogram_of_messages;
    figures->apply_durations.scale = &gw_histogram_of_durations;
    figures->id = (char *)(figures + 1);
    memcpy(figures->id, id, strlen(id) + 1);
    return figures;
}

void gw_component_figures_free(struct gw_component_figures *list)
{
    while (list != NULL) {
        struct gw_component_figures *next = list->next;

        free(list);
        list = next;
    }
}

static uint64_t read_figure(const atomic_uint_fast64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

void gw_component_figures_add_worker(struct gw_component_figures *figures, const struct gw_worker_figures *worker)
{
    for (size_t outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        figures->settled[outcome] += read_figure(&worker->settled[outcome]);
    figures->received += read_figure(&worker->received); /* after settled: never below their sum */
    gw_rate_add(&worker->receiving, &figures->rate);
    figures->conflicts += read_figure(&worker->conflicts);
    figures->stopped_sources += read_figure(&worker->stopped_sources);
    gw_histogram_add(&worker->turn_messages, &figures->turn_messages);
    gw_histogram_add(&worker->apply_durations, &figures->apply_durations);
}

void gw_component_figures_add_relay(struct gw_component_figures *figures, const struct gw_relay_figures *relay)
{
    figures->sent += read_figure(&relay->sent);
    gw_rate_add(&relay->sending, &figures->rate);
    figures->retried += read_figure(&relay->retried);
    figures->dead += read_figure(&relay->dead);
    figures->rerouted += read_figure(&relay->rerouted);
    figures->repeated += read_figure(&relay->repeated);
}

static void add_histogram(struct gw_histogram_total *total, const struct gw_histogram_total *more)
{
    total->sum += more->sum;
    for (size_t bucket = 0; bucket <= GW_HISTOGRAM_MAX_BOUNDS; bucket++)
        total->counts[bucket] += more->counts[bucket];
}

void gw_component_figures_add(struct gw_component_figures *figures, const struct gw_component_figures *more)
{
    gw_rate_add_total(&more->rate, &figures->rate);
    figures->received += more->received;
    for (size_t outcome = 0; outcome <= GW_OUTCOME_RETURNED; outcome++)
        figures->settled[outcome] += more->settled[outcome];
    figures->conflicts += more->conflicts;
    add_histogram(&figures->turn_messages, &more->turn_messages);
    add_histogram(&figures->apply_durations, &more->apply_durations);
    figures->sent += more->sent;
    figures->retried += more->retried;
    figures->dead += more->dead;
    figures->rerouted += more->rerouted;
    figures->repeated += more->repeated;
}

const struct gw_component_figures *gw_component_figures_find(const struct gw_component_figures *list, const char *id)
{
    while (list != NULL && strcmp(list->id, id) != 0)
        list = list->next;
    return list;
}

/* Takes the figures of an id out of the list; NULL: it has none. */
static struct gw_component_figures *take(struct gw_component_figures **list, const char *id)
{
    struct gw_component_figures *taken;

    while (*list != NULL && strcmp((*list)->id, id) != 0)
        list = &(*list)->next;
    taken = *list;
    if (taken != NULL)
        *list = taken->next;
    return taken;
}

void gw_component_figures_keep(struct gw_component_figures **list, struct gw_component_figures *figures, int64_t now_ms)
{
    struct gw_component_figures *known = take(list, figures->id);

    figures->stopped_sources = 0;
    if (known != NULL) {
        gw_component_figures_add(figures, known);
        free(known);
    }
    figures->gone_ms = now_ms;
    figures->next = *list;
    *list = figures;
}

void gw_component_figures_expire(struct gw_component_figures **list, int64_t now_ms, gw_is_present_fn *is_present,
                                 const void *context)
{
    size_t kept = 0;

    while (*list != NULL) {
        struct gw_component_figures *figures = *list;
        bool is_old = now_ms - figures->gone_ms >= GW_GONE_KEPT_MS;

        if (is_present(context, figures->id) || (!is_old && kept++ < GW_GONE_MAX)) {
            list = &figures->next;
            continue;
        }
        *list = figures->next;
        free(figures);
    }
}
