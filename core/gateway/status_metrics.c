/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the values that plugins have reported, by the tables that they declare. */
#include "gateway/status_internal.h"

#include <string.h>

static bool grow(struct gw_metric_values *values)
{
    uint32_t capacity = values->capacity * 2 + 8;
    struct gw_metric_value *items = gw_arena_alloc(values->arena, capacity * sizeof *items);

    if (items == NULL)
        return false;
    if (values->count > 0)
        memcpy(items, values->items, values->count * sizeof *items);
    values->items = items;
    values->capacity = capacity;
    return true;
}

static void add_value(void *context, struct gw_text label, int64_t value)
{
    struct gw_metric_values *values = context;
    const char *copy = gw_arena_copy(values->arena, label.ptr, (size_t)label.len);

    if (copy == NULL || (values->count == values->capacity && !grow(values))) {
        values->has_failed = true;
        return;
    }
    values->items[values->count++] = (struct gw_metric_value){
        .metric = values->metric, .label = gw_text_span(copy, label.len), .instance = values->instance, .value = value};
}

void gw_metric_values_add(struct gw_metric_values *values, const struct gw_plugin *plugin, struct gw_metrics *metrics,
                          uint32_t instance)
{
    struct gw_array table = {plugin->metrics, plugin->metric_count, plugin->metric_size};

    values->instance = instance;
    for (uint32_t index = 0; index < table.count; index++) {
        values->metric = gw_array_at(&table, index);
        gw_metrics_visit(metrics, values->metric->name, add_value, values);
    }
}

int gw_metric_values_connection_up(const struct gw_metric_values *values)
{
    int connection_up = -1;

    for (uint32_t index = 0; index < values->count; index++) {
        const struct gw_metric_value *item = &values->items[index];

        if (strcmp(item->metric->name, GW_METRIC_CONNECTION_UP) == 0 && connection_up != 0)
            connection_up = item->value > 0;
    }
    return connection_up;
}
