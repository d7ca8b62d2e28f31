/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown beside a plan and is no part of it, because it changes by the second. */
#ifndef GW_GATEWAY_PLAN_FIGURES_H
#define GW_GATEWAY_PLAN_FIGURES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of a destination. */
struct gw_plan_figure {
    const char *id;
    int64_t pending;    /* events that wait for it; -1: not known */
    const char *holder; /* another gateway that delivers to it, by its own file; NULL: this one, or not known */
};

struct gw_plan_figures {
    const struct gw_plan_figure *items;
    size_t count;
};

/* The figures of this id; of one that has none, that nothing is known. */
static inline struct gw_plan_figure gw_plan_figure_of(const struct gw_plan_figures *figures, const char *id)
{
    for (size_t i = 0; i < figures->count; i++)
        if (strcmp(figures->items[i].id, id) == 0)
            return figures->items[i];
    return (struct gw_plan_figure){.id = id, .pending = -1};
}

#endif
