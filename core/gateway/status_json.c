/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per object of status_json.h. No state. */
#include "gateway/status_json.h"

#include "gateway/orders.h"
#include "json/json_writer.h"

#include <string.h>

enum { LINE_LEVELS = 2 }; /* an entry of each list has its own line */

/* null where it is not known. */
static void write_known(struct gw_json_writer *writer, const char *key, bool is_known, uint64_t value)
{
    gw_json_write_key(writer, key);
    if (is_known)
        gw_json_write_int(writer, (int64_t)value);
    else
        gw_json_write_raw(writer, "null");
}

/* With one decimal; null where it is not known. */
static void write_rate(struct gw_json_writer *writer, const char *key, const struct gw_component_status *component)
{
    char number[32] = "null";

    if (component->has_rate)
        (void)snprintf(number, sizeof number, "%.1f", component->per_s);
    gw_json_write_key(writer, key);
    gw_json_write_raw(writer, number);
}

static void write_null(struct gw_json_writer *writer, const char *key)
{
    gw_json_write_key(writer, key);
    gw_json_write_raw(writer, "null");
}

/* ---- a component ------------------------------------------------------------------------------------------------ */

static void write_plugin(struct gw_json_writer *writer, const struct gw_plugin *plugin)
{
    char abi[16];

    if (plugin == NULL) {
        write_null(writer, "plugin");
        return;
    }
    (void)snprintf(abi, sizeof abi, "%u.%u", plugin->abi_major, plugin->abi_minor);
    gw_json_write_open_at(writer, "plugin", '{');
    gw_json_write_string_at(writer, "name", plugin->name);
    gw_json_write_string_at(writer, "version", plugin->version);
    gw_json_write_string_at(writer, "abi", abi);
    gw_json_write_close(writer, '}');
}

static void write_failure(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    const struct gw_failure *failure = &component->failure;

    if (!component->has_failure) {
        write_null(writer, "error");
        return;
    }
    gw_json_write_open_at(writer, "error", '{');
    gw_json_write_string_at(writer, "code", failure->code);
    gw_json_write_string_at(writer, "text", failure->text);
    gw_json_write_int_at(writer, "first_unix_ms", failure->first_unix_ms);
    gw_json_write_int_at(writer, "last_unix_ms", failure->last_unix_ms);
    gw_json_write_int_at(writer, "count", failure->count);
    gw_json_write_close(writer, '}');
}

static void write_settled(struct gw_json_writer *writer, const struct gw_component_figures *figures)
{
    gw_json_write_open_at(writer, "settled", '{');
#define GW_OUTCOME_WRITE(name, number, word) gw_json_write_int_at(writer, word, (int64_t)figures->settled[number]);
    GW_OUTCOME_LIST(GW_OUTCOME_WRITE)
#undef GW_OUTCOME_WRITE
    gw_json_write_close(writer, '}');
}

static void write_sources(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    int64_t lag = 0;
    bool is_known = false;

    gw_json_write_open_at(writer, "sources", '[');
    for (uint32_t index = 0; index < component->metric_count; index++) {
        const struct gw_metric_value *value = &component->metrics[index];

        if (strcmp(value->metric->name, GW_METRIC_LAG) != 0)
            continue;
        gw_json_write_open(writer, '{');
        gw_json_write_key(writer, "source");
        gw_json_write_text(writer, value->label);
        gw_json_write_int_at(writer, "lag", value->value);
        gw_json_write_close(writer, '}');
        lag += value->value;
        is_known = true;
    }
    gw_json_write_close(writer, ']');
    write_known(writer, "lag", is_known, (uint64_t)lag);
}

/* By number. */
static void write_old_generations(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    gw_json_write_open_at(writer, "old_generations", '{');
    for (uint32_t index = 0; index < component->old_generation_count; index++) {
        const struct gw_held_generation *held = &component->old_generations[index];
        char number[24];

        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)held->number);
        gw_json_write_open_at(writer, number, '{');
        gw_json_write_int_at(writer, "turns", held->turns);
        gw_json_write_int_at(writer, "held_ms", held->held_ms);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, '}');
}

static void write_entrypoint(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    const struct gw_component_figures *figures = component->figures;

    gw_json_write_int_at(writer, "workers", component->workers);
    write_old_generations(writer, component);
    gw_json_write_int_at(writer, "received", (int64_t)figures->received);
    write_rate(writer, "received_per_s", component);
    write_settled(writer, figures);
    gw_json_write_int_at(writer, "conflicts", (int64_t)figures->conflicts);
    gw_json_write_int_at(writer, "stopped_sources", (int64_t)figures->stopped_sources);
    write_sources(writer, component);
}

static void write_destination(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    const struct gw_component_figures *figures = component->figures;

    gw_json_write_bool_at(writer, "delivers", component->delivers);
    gw_json_write_string_at(writer, "holder", component->holder);
    gw_json_write_int_at(writer, "sent", (int64_t)figures->sent);
    write_rate(writer, "sent_per_s", component);
    gw_json_write_int_at(writer, "retried", (int64_t)figures->retried);
    gw_json_write_int_at(writer, "dead", (int64_t)figures->dead);
    gw_json_write_int_at(writer, "rerouted", (int64_t)figures->rerouted);
    gw_json_write_int_at(writer, "repeated", (int64_t)figures->repeated);
    write_known(writer, "pending", component->has_backlog, component->pending);
    write_known(writer, "oldest_age_ms", component->has_backlog && component->pending > 0,
                (uint64_t)component->oldest_age_ms);
}

static void write_component(struct gw_json_writer *writer, const struct gw_component_status *component)
{
    gw_json_write_open_at(writer, component->id, '{');
    gw_json_write_string_at(writer, "section", gw_section_spec(component->section)->key);
    write_plugin(writer, component->plugin);
    gw_json_write_string_at(writer, "state", gw_component_state_word(component->state));
    write_known(writer, "since_unix_ms", component->since_unix_ms > 0, (uint64_t)component->since_unix_ms);
    gw_json_write_bool_at(writer, "replacing", component->is_replacing);
    gw_json_write_key(writer, "connected");
    if (component->connection_up < 0)
        gw_json_write_raw(writer, "null");
    else
        gw_json_write_bool(writer, component->connection_up > 0);
    write_failure(writer, component);
    if (component->section == GW_SECTION_ENTRYPOINTS)
        write_entrypoint(writer, component);
    else if (component->section != GW_SECTION_REPOSITORY)
        write_destination(writer, component);
    gw_json_write_close(writer, '}');
}

/* ---- the gateway ------------------------------------------------------------------------------------------------ */

static void write_last_apply(struct gw_json_writer *writer, const struct gw_order_verdict *verdict)
{
    if (verdict == NULL) {
        write_null(writer, "last_apply");
        return;
    }
    gw_json_write_open_at(writer, "last_apply", '{');
    gw_json_write_int_at(writer, "number", (int64_t)verdict->number);
    gw_json_write_string_at(writer, "verdict", gw_verdict_word(verdict->word));
    gw_json_write_string_at(writer, "text", verdict->text);
    gw_json_write_int_at(writer, "began_unix_ms", verdict->began_unix_ms);
    gw_json_write_int_at(writer, "ended_unix_ms", verdict->ended_unix_ms);
    gw_json_write_close(writer, '}');
}

static void write_orphans(struct gw_json_writer *writer, const struct gw_gateway_status *status)
{
    if (!status->has_orphans) {
        write_null(writer, "orphans");
        return;
    }
    gw_json_write_open_at(writer, "orphans", '{');
    for (uint32_t index = 0; index < status->orphan_count; index++) {
        gw_json_write_open_at(writer, status->orphans[index].destination, '{');
        gw_json_write_int_at(writer, "pending", (int64_t)status->orphans[index].pending);
        gw_json_write_int_at(writer, "oldest_age_ms", status->orphans[index].oldest_age_ms);
        gw_json_write_string_at(writer, "holder", status->orphans[index].holder);
        gw_json_write_close(writer, '}');
    }
    gw_json_write_close(writer, '}');
}

static void write_components(struct gw_json_writer *writer, const struct gw_gateway_status *status)
{
    gw_json_write_open_at(writer, "components", '{');
    for (uint32_t index = 0; index < status->component_count; index++)
        if (status->components[index].state != GW_COMPONENT_GONE)
            write_component(writer, &status->components[index]);
    gw_json_write_close(writer, '}');
}

void gw_status_json_append(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, LINE_LEVELS);
    gw_json_write_open(&writer, '{');
    gw_json_write_string_at(&writer, "service", status->service);
    gw_json_write_int_at(&writer, "taken_unix_ms", status->taken_unix_ms);
    write_known(&writer, "started_unix_ms", status->started_unix_ms > 0, (uint64_t)status->started_unix_ms);
    gw_json_write_int_at(&writer, "generation", (int64_t)status->generation);
    gw_json_write_int_at(&writer, "generations_alive", status->generations_alive);
    gw_json_write_int_at(&writer, "calls_not_returned", status->stray_calls);
    gw_json_write_string_at(&writer, "config_hash", status->config_hash);
    gw_json_write_bool_at(&writer, "starting", status->is_starting);
    gw_json_write_bool_at(&writer, "stopping", status->is_stopping);
    write_last_apply(&writer, status->last_apply);
    write_known(&writer, "dead_letters", status->has_dead, status->dead_letters);
    write_known(&writer, "log_records_dropped", status->has_log, status->log_records_dropped);
    write_orphans(&writer, status);
    write_components(&writer, status);
    gw_json_write_close(&writer, '}');
}
