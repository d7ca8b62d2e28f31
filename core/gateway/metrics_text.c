/* SPDX-License-Identifier: Apache-2.0 */
/* One function per family of the core. Figures of a component's id stay when the component is gone. */
#include "gateway/metrics_text.h"

#include "gateway/metrics_text_internal.h"
#include "gateway/orders.h"

#include <gangway/scope.h>

/* ---- samples ---------------------------------------------------------------------------------------------------- */

static void append_escaped(struct gw_buffer *buffer, struct gw_text text, bool is_quoted)
{
    for (uint64_t at = 0; at < text.len; at++) {
        char byte = text.ptr[at];

        if (byte == '\n') {
            gw_buffer_append_string(buffer, "\\n");
            continue;
        }
        if (byte == '\\' || (byte == '"' && is_quoted))
            gw_buffer_append_byte(buffer, '\\');
        gw_buffer_append_byte(buffer, byte);
    }
}

static void open_family(struct gw_metric_family *family)
{
    gw_buffer_append_format(family->buffer, "# HELP %s%s ", family->prefix, family->name);
    append_escaped(family->buffer, gw_text_of(family->help), false);
    gw_buffer_append_format(family->buffer, "\n# TYPE %s%s %s\n", family->prefix, family->name, family->type);
    family->has_samples = true;
}

void gw_metric_sample(struct gw_metric_family *family, const char *suffix, const struct gw_metric_pair *pairs,
                      size_t count)
{
    const char *before = "{";

    if (!family->has_samples)
        open_family(family);
    gw_buffer_append_format(family->buffer, "%s%s%s", family->prefix, family->name, suffix);
    for (size_t index = 0; index < count; index++) {
        if (pairs[index].name == NULL)
            continue;
        gw_buffer_append_format(family->buffer, "%s%s=\"", before, pairs[index].name);
        append_escaped(family->buffer, pairs[index].text, true);
        gw_buffer_append_byte(family->buffer, '"');
        before = ",";
    }
    gw_buffer_append_string(family->buffer, before[0] == ',' ? "} " : " ");
}

void gw_metric_sample_int(struct gw_metric_family *family, const struct gw_metric_pair *pairs, size_t count,
                          int64_t value)
{
    gw_metric_sample(family, "", pairs, count);
    gw_buffer_append_int(family->buffer, value);
    gw_buffer_append_byte(family->buffer, '\n');
}

/* value / divisor, a power of ten, as a decimal number without zeros at its end. */
static void append_quotient(struct gw_buffer *buffer, uint64_t value, int64_t divisor)
{
    uint64_t rest = value % (uint64_t)divisor;
    uint64_t digit = (uint64_t)divisor / 10;

    gw_buffer_append_format(buffer, "%llu", (unsigned long long)(value / (uint64_t)divisor));
    if (rest > 0)
        gw_buffer_append_byte(buffer, '.');
    for (; rest > 0; rest %= digit, digit /= 10)
        gw_buffer_append_byte(buffer, (char)('0' + rest / digit));
}

/* ---- entrypoints ------------------------------------------------------------------------------------------------ */

/* Each component of the sections that a family is about. */
typedef void component_fn(struct gw_metric_family *family, const struct gw_component_status *component);

static void append_of(struct gw_buffer *buffer, const struct gw_gateway_status *status, bool is_of_entrypoints,
                      struct gw_metric_family family, component_fn *append)
{
    family.buffer = buffer;
    family.prefix = "gangway_";
    for (uint32_t index = 0; index < status->component_count; index++) {
        const struct gw_component_status *component = &status->components[index];

        if (component->section == GW_SECTION_REPOSITORY)
            continue;
        if ((component->section == GW_SECTION_ENTRYPOINTS) == is_of_entrypoints)
            append(&family, component);
    }
}

static void append_received(struct gw_metric_family *family, const struct gw_component_status *component)
{
    struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(component->id)}};

    gw_metric_sample_int(family, pairs, 1, (int64_t)component->figures->received);
}

static void append_settled(struct gw_metric_family *family, const struct gw_component_status *component)
{
    static const uint32_t outcomes[] = {
#define GW_OUTCOME_NUMBER(name, number, word) number,
        GW_OUTCOME_LIST(GW_OUTCOME_NUMBER)
#undef GW_OUTCOME_NUMBER
    };

    for (size_t index = 0; index < gw_array_length(outcomes); index++) {
        struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(component->id)},
                                         {"outcome", gw_text_of(gw_outcome_word(outcomes[index]))}};

        gw_metric_sample_int(family, pairs, 2, (int64_t)component->figures->settled[outcomes[index]]);
    }
}

static void append_conflicts(struct gw_metric_family *family, const struct gw_component_status *component)
{
    struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(component->id)}};

    gw_metric_sample_int(family, pairs, 1, (int64_t)component->figures->conflicts);
}

static void append_stopped(struct gw_metric_family *family, const struct gw_component_status *component)
{
    struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(component->id)}};

    if (component->state != GW_COMPONENT_GONE)
        gw_metric_sample_int(family, pairs, 1, (int64_t)component->figures->stopped_sources);
}

static void append_bucket(struct gw_metric_family *family, const char *id, struct gw_text bound, uint64_t count)
{
    struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(id)}, {"le", bound}};

    gw_metric_sample(family, "_bucket", pairs, 2);
    gw_buffer_append_format(family->buffer, "%llu\n", (unsigned long long)count);
}

static void append_histogram(struct gw_metric_family *family, const char *id, const struct gw_histogram_total *total)
{
    const struct gw_histogram_scale *scale = total->scale;
    struct gw_metric_pair pairs[] = {{"entrypoint", gw_text_of(id)}};
    struct gw_buffer bound;
    uint64_t count = 0;

    gw_buffer_init(&bound, 64);
    for (uint32_t index = 0; index < scale->count; index++) {
        count += total->counts[index];
        gw_buffer_reset(&bound);
        append_quotient(&bound, (uint64_t)scale->bounds[index], scale->divisor);
        append_bucket(family, id, gw_buffer_text(&bound), count);
    }
    family->buffer->has_failed = family->buffer->has_failed || bound.has_failed;
    gw_buffer_done(&bound);
    count += total->counts[scale->count];
    append_bucket(family, id, gw_text_of("+Inf"), count);
    gw_metric_sample(family, "_sum", pairs, 1);
    append_quotient(family->buffer, total->sum, scale->divisor);
    gw_buffer_append_byte(family->buffer, '\n');
    gw_metric_sample(family, "_count", pairs, 1);
    gw_buffer_append_format(family->buffer, "%llu\n", (unsigned long long)count);
}

static void append_turns(struct gw_metric_family *family, const struct gw_component_status *component)
{
    append_histogram(family, component->id, &component->figures->turn_messages);
}

static void append_applies(struct gw_metric_family *family, const struct gw_component_status *component)
{
    append_histogram(family, component->id, &component->figures->apply_durations);
}

static void append_entrypoints(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    append_of(buffer, status, true,
              (struct gw_metric_family){
                  .name = "messages_received_total", .type = "counter", .help = "Messages taken from the input."},
              append_received);
    append_of(buffer, status, true,
              (struct gw_metric_family){.name = "messages_settled_total",
                                        .type = "counter",
                                        .help = "Messages by outcome; together as many as were received, but for those "
                                                "of the turn in progress."},
              append_settled);
    append_of(
        buffer, status, true,
        (struct gw_metric_family){
            .name = "conflicts_total",
            .type = "counter",
            .help = "Commits that were repeated: another writer was faster, or a message had been handled before."},
        append_conflicts);
    append_of(buffer, status, true,
              (struct gw_metric_family){
                  .name = "sources_stopped", .type = "gauge", .help = "Sources that wait for an operator."},
              append_stopped);
    append_of(buffer, status, true,
              (struct gw_metric_family){.name = "turn_messages", .type = "histogram", .help = "Messages of a turn."},
              append_turns);
    append_of(buffer, status, true,
              (struct gw_metric_family){.name = "apply_seconds",
                                        .type = "histogram",
                                        .help = "How long the repository takes to apply a changeset, or to refuse it."},
              append_applies);
}

/* ---- destinations ----------------------------------------------------------------------------------------------- */

static void append_delivered(struct gw_metric_family *family, const struct gw_component_status *component)
{
    const struct gw_component_figures *figures = component->figures;
    const struct {
        const char *word;
        uint64_t count;
    } outcomes[] = {{"sent", figures->sent},
                    {"retried", figures->retried},
                    {"dead", figures->dead},
                    {"rerouted", figures->rerouted},
                    {"repeated", figures->repeated}};

    for (size_t index = 0; index < gw_array_length(outcomes); index++) {
        struct gw_metric_pair pairs[] = {{"destination", gw_text_of(component->id)},
                                         {"outcome", gw_text_of(outcomes[index].word)}};

        gw_metric_sample_int(family, pairs, 2, (int64_t)outcomes[index].count);
    }
}

static void append_pending(struct gw_metric_family *family, const struct gw_component_status *component)
{
    struct gw_metric_pair pairs[] = {{"destination", gw_text_of(component->id)}};

    if (component->has_backlog && component->delivers)
        gw_metric_sample_int(family, pairs, 1, (int64_t)component->pending);
}

static void append_oldest(struct gw_metric_family *family, const struct gw_component_status *component)
{
    struct gw_metric_pair pairs[] = {{"destination", gw_text_of(component->id)}};

    if (!component->has_backlog || !component->delivers)
        return;
    gw_metric_sample(family, "", pairs, 1);
    append_quotient(family->buffer, component->pending > 0 ? (uint64_t)component->oldest_age_ms : 0, 1000);
    gw_buffer_append_byte(family->buffer, '\n');
}

static void append_destinations(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    append_of(buffer, status, false,
              (struct gw_metric_family){.name = "delivered_total",
                                        .type = "counter",
                                        .help = "Events by what became of a delivery: sent, retried (the attempt "
                                                "failed), dead (refused), rerouted, or repeated (sent again with the "
                                                "same key)."},
              append_delivered);
    append_of(buffer, status, false,
              (struct gw_metric_family){.name = "outbox_pending",
                                        .type = "gauge",
                                        .help = "Events that wait for delivery by this gateway, read every 15 s."},
              append_pending);
    append_of(buffer, status, false,
              (struct gw_metric_family){.name = "outbox_oldest_seconds",
                                        .type = "gauge",
                                        .help = "Age of the oldest event that waits; 0 when none does."},
              append_oldest);
}

/* ---- the gateway ------------------------------------------------------------------------------------------------ */

static void append_gauge(struct gw_buffer *buffer, bool is_known, const char *name, const char *help, uint64_t value)
{
    struct gw_metric_family family = {buffer, "gangway_", name, "gauge", help, false};

    if (is_known)
        gw_metric_sample_int(&family, NULL, 0, (int64_t)value);
}

static uint64_t orphaned(const struct gw_gateway_status *status)
{
    uint64_t pending = 0;

    for (uint32_t index = 0; index < status->orphan_count; index++)
        pending += status->orphans[index].pending;
    return pending;
}

static bool was_last_apply_successful(const struct gw_gateway_status *status)
{
    const struct gw_order_verdict *verdict = status->last_apply;

    return verdict == NULL || verdict->word == GW_VERDICT_APPLIED || verdict->word == GW_VERDICT_UNCHANGED;
}

static void append_gateway(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    struct gw_metric_family info = {buffer,
                                    "gangway_",
                                    "config_info",
                                    "gauge",
                                    "The configuration in force, by its hash without secrets; always 1.",
                                    false};
    struct gw_metric_family dropped = {buffer,
                                       "gangway_",
                                       "log_records_dropped_total",
                                       "counter",
                                       "Log records that were not written because the reader was too slow.",
                                       false};
    struct gw_metric_pair pairs[] = {{"hash", gw_text_of(status->config_hash)}};

    append_gauge(buffer, status->has_dead, "dead_letters", "Dead letters in the repository, read every 15 s.",
                 status->dead_letters);
    append_gauge(buffer, status->has_orphans, "outbox_orphans",
                 "Events that wait for destinations that the configuration does not name.", orphaned(status));
    gw_metric_sample_int(&info, pairs, 1, 1);
    append_gauge(buffer, true, "config_last_apply_successful",
                 "1 when the last apply succeeded or there was none, else 0.", was_last_apply_successful(status));
    if (status->has_log)
        gw_metric_sample_int(&dropped, NULL, 0, (int64_t)status->log_records_dropped);
}

void gw_metrics_text_append(struct gw_buffer *buffer, const struct gw_gateway_status *status)
{
    append_entrypoints(buffer, status);
    append_destinations(buffer, status);
    append_gateway(buffer, status);
    gw_metrics_text_append_reported(buffer, status);
}
