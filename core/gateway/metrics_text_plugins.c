/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins have reported. The families of a plugin have its name in theirs: two plugins may declare one name. */
#include "base/text.h"
#include "gateway/metrics_text_internal.h"

#include <gangway/scope.h>

#include <string.h>

static bool is_named(const struct gw_metric_value *value, const char *name)
{
    return strcmp(value->metric->name, name) == 0;
}

/* ---- what the core reads ---------------------------------------------------------------------------------------- */

static void append_connections(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    struct gw_metric_family family = {buffer,
                                      "gangway_",
                                      "connection_up",
                                      "gauge",
                                      "1 while every instance of the component has its connection, else 0.",
                                      false};

    for (uint32_t index = 0; index < status->component_count; index++) {
        const struct gw_component_status *component = &status->components[index];
        struct gw_metric_pair pairs[] = {{"component", gw_text_of(component->id)}};

        if (component->connection_up >= 0)
            gw_metric_sample_int(&family, pairs, 1, component->connection_up);
    }
}

/* A source belongs to one worker; after a rebalance two may report it for a moment, which are one series. */
static int64_t lag_of(const struct gw_component_status *component, struct gw_text source)
{
    int64_t lag = 0;

    for (uint32_t index = 0; index < component->metric_count; index++)
        if (is_named(&component->metrics[index], GW_METRIC_LAG) &&
            gw_text_equal(component->metrics[index].label, source))
            lag += component->metrics[index].value;
    return lag;
}

static bool is_first_of_source(const struct gw_component_status *component, uint32_t index)
{
    for (uint32_t before = 0; before < index; before++)
        if (is_named(&component->metrics[before], GW_METRIC_LAG) &&
            gw_text_equal(component->metrics[before].label, component->metrics[index].label))
            return false;
    return true;
}

static void append_lag(struct gw_metric_family *family, const struct gw_component_status *component)
{
    uint32_t written = 0;

    for (uint32_t index = 0; index < component->metric_count && written < GW_METRICS_TEXT_MAX_LABELS; index++) {
        struct gw_text source = component->metrics[index].label;
        struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(component->id)}, {"source", source}};

        if (!is_named(&component->metrics[index], GW_METRIC_LAG) || !is_first_of_source(component, index))
            continue;
        gw_metric_sample_int(family, pairs, 2, lag_of(component, source));
        written++;
    }
}

static void append_lags(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    struct gw_metric_family family = {
        buffer, "gangway_", "lag_messages", "gauge", "Messages of a source that were not read yet.", false};

    for (uint32_t index = 0; index < status->component_count; index++)
        append_lag(&family, &status->components[index]);
}

/* ---- what plugins declare --------------------------------------------------------------------------------------- */

static const char *type_word(const struct gw_metric *metric)
{
    switch (metric->type) {
#define GW_METRIC_TYPE_CASE(name, number, word) \
    case number:                                \
        return word;
        GW_METRIC_TYPE_LIST(GW_METRIC_TYPE_CASE)
#undef GW_METRIC_TYPE_CASE
    default:
        return "untyped";
    }
}

static void append_values(struct gw_metric_family *family, const struct gw_component_status *component,
                          const struct gw_metric *metric)
{
    uint32_t written = 0;

    for (uint32_t index = 0; index < component->metric_count && written < GW_METRICS_TEXT_MAX_LABELS; index++) {
        const struct gw_metric_value *value = &component->metrics[index];
        bool has_instances = component->section == GW_SECTION_ENTRYPOINTS;
        char instance[16];
        struct gw_metric_pair pairs[] = {{"component", gw_text_of(component->id)},
                                         {has_instances ? "instance" : NULL, {NULL, 0}},
                                         {metric->label, value->label}};

        if (value->metric != metric)
            continue;
        pairs[1].text = gw_text_span(instance, (uint64_t)snprintf(instance, sizeof instance, "%u", value->instance));
        gw_metric_sample_int(family, pairs, 3, value->value);
        written++;
    }
}

static void append_family(struct gw_buffer *buffer, const struct gw_gateway_status *status,
                          const struct gw_plugin *plugin, const struct gw_metric *metric)
{
    char prefix[128];
    struct gw_metric_family family = {buffer, prefix, metric->name, type_word(metric), metric->help, false};

    (void)snprintf(prefix, sizeof prefix, "gangway_%s_", plugin->name);
    for (uint32_t index = 0; index < status->component_count; index++)
        if (status->components[index].plugin == plugin)
            append_values(&family, &status->components[index], metric);
}

static bool is_first_of_plugin(const struct gw_gateway_status *status, uint32_t index)
{
    for (uint32_t before = 0; before < index; before++)
        if (status->components[before].plugin == status->components[index].plugin)
            return false;
    return status->components[index].plugin != NULL;
}

static void append_plugin(struct gw_buffer *buffer, const struct gw_gateway_status *status,
                          const struct gw_plugin *plugin)
{
    struct gw_array table = {plugin->metrics, plugin->metric_count, plugin->metric_size};

    for (uint32_t index = 0; index < table.count; index++) {
        const struct gw_metric *metric = gw_array_at(&table, index);

        if (strcmp(metric->name, GW_METRIC_CONNECTION_UP) != 0 && strcmp(metric->name, GW_METRIC_LAG) != 0)
            append_family(buffer, status, plugin, metric);
    }
}

static void append_infos(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    struct gw_metric_family family = {buffer,
                                      "gangway_",
                                      "plugin_info",
                                      "gauge",
                                      "The plugins that are in use, with their version and plugin ABI; always 1.",
                                      false};

    for (uint32_t index = 0; index < status->component_count; index++) {
        const struct gw_plugin *plugin = status->components[index].plugin;
        char abi[16];
        struct gw_metric_pair pairs[3];

        if (!is_first_of_plugin(status, index))
            continue;
        (void)snprintf(abi, sizeof abi, "%u.%u", plugin->abi_major, plugin->abi_minor);
        pairs[0] = (struct gw_metric_pair){"name", gw_text_of(plugin->name)};
        pairs[1] = (struct gw_metric_pair){"version", gw_text_of(plugin->version)};
        pairs[2] = (struct gw_metric_pair){"abi", gw_text_of(abi)};
        gw_metric_sample_int(&family, pairs, 3, 1);
    }
}

void gw_metrics_text_append_reported(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    append_connections(buffer, status);
    append_lags(buffer, status);
    append_infos(buffer, status);
    for (uint32_t index = 0; index < status->component_count; index++)
        if (is_first_of_plugin(status, index))
            append_plugin(buffer, status, status->components[index].plugin);
}
