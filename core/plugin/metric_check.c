/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the rows of a metric table. The first broken rule of a row is reported. Strings are read only if they are in
 * loaded memory. Any thread.
 */
#include "plugin/metric_check.h"

#include "plugin/loaded_memory.h"
#include "plugin/option_check.h"

#include <gangway/scope.h>

#include <stddef.h>

enum {
    METRIC_SIZE_MIN = offsetof(struct gw_metric, reserved) + sizeof(uint32_t), /* the size in abi 1.0 */
    METRIC_SIZE_MAX = 1024,
    METRIC_COUNT_MAX = 256,
    SHOWN_MAX = 80
};

/* The required type and label of the metrics that the core reads by name. */
static const struct gw_metric known_metrics[] = {
    {.name = GW_METRIC_CONNECTION_UP, .type = GW_METRIC_GAUGE},
    {.name = GW_METRIC_LAG, .label = GW_METRIC_LABEL_SOURCE, .type = GW_METRIC_GAUGE},
};

static const struct gw_metric *metric_at(const struct gw_plugin *plugin, uint32_t index)
{
    return (const void *)((const char *)plugin->metrics + (size_t)index * plugin->metric_size);
}

static bool fail(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint32_t index, const char *text)
{
    char name[SHOWN_MAX];

    return gw_inspection_fail(inspection, GW_ABI, "metrics", "its metric %u ('%s') %s", index,
                              gw_loaded_show(metric_at(plugin, index)->name, name, sizeof name), text);
}

/* Prometheus takes such a name as it is. */
static bool is_name(const char *name)
{
    return gw_loaded_is_string(name) && gw_table_name_is_plain(name);
}

static bool is_twice(const struct gw_plugin *plugin, uint32_t index)
{
    for (uint32_t other = 0; other < index; other++)
        if (is_name(metric_at(plugin, other)->name) &&
            strcmp(metric_at(plugin, other)->name, metric_at(plugin, index)->name) == 0)
            return true;
    return false;
}

/* Whether a metric that the core reads by name has the required type and label. */
static bool is_as_known(const struct gw_metric *metric)
{
    for (size_t index = 0; index < gw_array_length(known_metrics); index++) {
        const struct gw_metric *known = &known_metrics[index];

        if (strcmp(known->name, metric->name) != 0)
            continue;
        return metric->type == known->type &&
               (metric->label == NULL ? known->label == NULL
                                      : known->label != NULL && strcmp(metric->label, known->label) == 0);
    }
    return true;
}

static bool check_metric(struct gw_inspection *inspection, const struct gw_plugin *plugin, uint32_t index)
{
    const struct gw_metric *metric = metric_at(plugin, index);

    if (!is_name(metric->name))
        return fail(inspection, plugin, index, "has a name that is not lower-case words joined by '_'");
    if (is_twice(plugin, index))
        return fail(inspection, plugin, index, "has the same name as one before it");
    if (!gw_loaded_is_string(metric->help) || metric->help[0] == '\0')
        return fail(inspection, plugin, index, "has no help, expected a sentence");
    if (metric->label != NULL && !is_name(metric->label))
        return fail(inspection, plugin, index, "has a label that is not lower-case words joined by '_'");
    if (metric->type != GW_METRIC_GAUGE)
        return fail(inspection, plugin, index, "has a type that this core does not know, expected 1 (gauge)");
    if (!is_as_known(metric))
        return fail(inspection, plugin, index, "has a name that the core reads, and another type or label");
    if (metric->reserved != 0)
        return fail(inspection, plugin, index, "has a reserved field that is not 0");
    return true;
}

static bool check_table(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    if (plugin->metric_count > METRIC_COUNT_MAX)
        return gw_inspection_fail(inspection, GW_ABI, "metrics", "it has %u metrics, expected %d at most",
                                  plugin->metric_count, METRIC_COUNT_MAX);
    if (plugin->metric_size < METRIC_SIZE_MIN || plugin->metric_size > METRIC_SIZE_MAX ||
        plugin->metric_size % _Alignof(struct gw_metric) != 0)
        return gw_inspection_fail(inspection, GW_ABI, "metrics",
                                  "its metrics say that they have %u bytes each, expected %d or a little more",
                                  plugin->metric_size, METRIC_SIZE_MIN);
    if (plugin->metrics == NULL || (uintptr_t)plugin->metrics % _Alignof(struct gw_metric) != 0 ||
        gw_loaded_readable(plugin->metrics) / plugin->metric_size < plugin->metric_count)
        return gw_inspection_fail(inspection, GW_ABI, "metrics",
                                  "its table of %u metrics of %u bytes lies in no memory of a loaded object",
                                  plugin->metric_count, plugin->metric_size);
    return true;
}

bool gw_metric_table_check(struct gw_inspection *inspection, const struct gw_plugin *plugin)
{
    bool is_well = true;

    if (plugin->metric_count == 0)
        return true;
    if (!check_table(inspection, plugin))
        return false;
    for (uint32_t index = 0; index < plugin->metric_count; index++)
        is_well = check_metric(inspection, plugin, index) && is_well;
    if (is_well)
        (void)gw_inspection_pass(inspection, "metrics", "%u", plugin->metric_count);
    return is_well;
}
