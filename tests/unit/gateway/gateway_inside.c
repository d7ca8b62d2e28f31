/* SPDX-License-Identifier: Apache-2.0 */
/* See gateway_inside.h. */
#include "gateway_inside.h"

#include "base/clock.h"
#include "gateway/gateway_internal.h"

struct gw_relay *first_relay(struct gw_gateway *gateway)
{
    return gateway->outputs[0]->relay;
}

void keep_figures(struct gw_gateway *gateway, struct gw_component_figures *figures)
{
    gw_component_figures_keep(&gateway->gone, figures, gw_clock_monotonic_ms());
}

bool publish_generation(struct gw_gateway *gateway)
{
    struct gw_generation *generation =
        gw_generation_new(gateway->plan.configuration, gateway->outputs, gateway->output_count);

    if (generation != NULL)
        gw_generations_publish(&gateway->generations, generation);
    return generation != NULL;
}

struct gw_generations *generations_of(struct gw_gateway *gateway)
{
    return &gateway->generations;
}

bool has_backlog(struct gw_gateway *gateway)
{
    struct gw_arena *arena = gw_arena_new(64 * 1024);
    struct gw_backlog_figures figures = {0};
    bool is_copied = arena != NULL && gw_backlog_copy(&gateway->housekeeper.backlog, arena, 0, &figures);

    gw_arena_free(arena);
    return is_copied && figures.has_outbox;
}
