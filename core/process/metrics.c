/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of labels under a lock, and a column for each metric of the table. A search begins where the last one ended.
 */
#include "process/metrics.h"

#include <stdlib.h>
#include <string.h>

void gw_metrics_init(struct gw_metrics *metrics, const struct gw_plugin *plugin, bool only_opened)
{
    *metrics = (struct gw_metrics){.plugin = plugin, .only_opened = only_opened};
    (void)pthread_mutex_init(&metrics->lock, NULL);
}

static void label_done(struct gw_metric_label *label)
{
    free(label->text);
    free(label->values);
}

void gw_metrics_done(struct gw_metrics *metrics)
{
    for (uint32_t index = 0; index < metrics->count; index++)
        label_done(&metrics->labels[index]);
    free(metrics->labels);
    metrics->labels = NULL;
    metrics->count = metrics->capacity = 0;
    (void)pthread_mutex_destroy(&metrics->lock);
}

static const struct gw_metric *metric_at(const struct gw_metrics *metrics, uint32_t index)
{
    return (const void *)((const char *)metrics->plugin->metrics + (size_t)index * metrics->plugin->metric_size);
}

/* The index of a metric in the table, or the length of the table. */
static uint32_t index_of(const struct gw_metrics *metrics, const char *name)
{
    uint32_t index = 0;

    while (index < metrics->plugin->metric_count && strcmp(metric_at(metrics, index)->name, name) != 0)
        index++;
    return index;
}

static bool is_of_source(const struct gw_metrics *metrics, uint32_t index)
{
    const char *label = metric_at(metrics, index)->label;

    return label != NULL && strcmp(label, GW_METRIC_LABEL_SOURCE) == 0;
}

/* The index of a label, or count. Labels are often reported in turn, so the search begins behind the last one. */
static uint32_t find(struct gw_metrics *metrics, struct gw_text text)
{
    uint32_t at = metrics->last;

    for (uint32_t seen = 0; seen < metrics->count; seen++, at++) {
        if (at >= metrics->count)
            at = 0;
        if (!gw_text_equal(gw_text_span(metrics->labels[at].text, metrics->labels[at].len), text))
            continue;
        metrics->last = at + 1;
        return at;
    }
    return metrics->count;
}

static bool grow(struct gw_metrics *metrics)
{
    uint32_t capacity = metrics->capacity * 2 + 8;
    struct gw_metric_label *labels = realloc(metrics->labels, capacity * sizeof *labels);

    if (labels == NULL)
        return false;
    metrics->labels = labels;
    metrics->capacity = capacity;
    return true;
}

static enum gw_status add(struct gw_metrics *metrics, struct gw_text text)
{
    struct gw_metric_label label = {.len = text.len};

    if (metrics->count == GW_METRICS_MAX_LABELS || (metrics->count == metrics->capacity && !grow(metrics)))
        return GW_NOMEM;
    label.text = malloc((size_t)text.len + 1);
    label.values = malloc((metrics->plugin->metric_count + 1) * sizeof *label.values);
    if (label.text == NULL || label.values == NULL) {
        label_done(&label);
        return GW_NOMEM;
    }
    if (text.len > 0)
        memcpy(label.text, text.ptr, (size_t)text.len);
    for (uint32_t index = 0; index < metrics->plugin->metric_count; index++)
        label.values[index] = GW_METRIC_UNKNOWN;
    metrics->labels[metrics->count++] = label;
    return GW_OK;
}

/* Removes a label without values, unless it is an open source. */
static void tidy(struct gw_metrics *metrics, uint32_t at)
{
    struct gw_metric_label *label = &metrics->labels[at];

    for (uint32_t index = 0; index < metrics->plugin->metric_count; index++)
        if (label->values[index] >= 0)
            return;
    if (label->is_open)
        return;
    label_done(label);
    *label = metrics->labels[--metrics->count];
}

enum gw_status gw_metrics_open(struct gw_metrics *metrics, struct gw_text source)
{
    enum gw_status status = GW_OK;
    uint32_t at;

    (void)pthread_mutex_lock(&metrics->lock);
    at = find(metrics, source);
    if (at == metrics->count)
        status = add(metrics, source);
    if (status == GW_OK)
        metrics->labels[at].is_open = true;
    (void)pthread_mutex_unlock(&metrics->lock);
    return status;
}

void gw_metrics_close(struct gw_metrics *metrics, struct gw_text source)
{
    uint32_t at;

    (void)pthread_mutex_lock(&metrics->lock);
    at = find(metrics, source);
    if (at < metrics->count) {
        for (uint32_t index = 0; index < metrics->plugin->metric_count; index++)
            if (is_of_source(metrics, index))
                metrics->labels[at].values[index] = GW_METRIC_UNKNOWN;
        metrics->labels[at].is_open = false;
        tidy(metrics, at);
    }
    (void)pthread_mutex_unlock(&metrics->lock);
}

static void set(struct gw_metrics *metrics, uint32_t index, struct gw_text text, int64_t value)
{
    bool needs_open = metrics->only_opened && is_of_source(metrics, index);
    uint32_t at = find(metrics, text);

    if (at == metrics->count && (needs_open || value < 0 || add(metrics, text) != GW_OK))
        return;
    if (needs_open && !metrics->labels[at].is_open)
        return;
    metrics->labels[at].values[index] = value < 0 ? GW_METRIC_UNKNOWN : value;
    if (value < 0)
        tidy(metrics, at);
}

void gw_metrics_set(struct gw_metrics *metrics, uint32_t index, struct gw_text label, int64_t value)
{
    if (index >= metrics->plugin->metric_count)
        return;
    (void)pthread_mutex_lock(&metrics->lock);
    set(metrics, index, metric_at(metrics, index)->label != NULL ? label : gw_text_of(NULL), value);
    (void)pthread_mutex_unlock(&metrics->lock);
}

static void keep_value(void *context, struct gw_text label, int64_t value)
{
    (void)label;
    *(int64_t *)context = value;
}

int64_t gw_metrics_value(struct gw_metrics *metrics, const char *name)
{
    int64_t value = GW_METRIC_UNKNOWN;

    gw_metrics_visit(metrics, name, keep_value, &value);
    return value;
}

void gw_metrics_forget(struct gw_metrics *metrics, const char *name)
{
    gw_metrics_set(metrics, index_of(metrics, name), gw_text_of(NULL), GW_METRIC_UNKNOWN);
}

void gw_metrics_visit(struct gw_metrics *metrics, const char *name, gw_metrics_visit_fn *visit, void *context)
{
    uint32_t index = index_of(metrics, name);

    if (index == metrics->plugin->metric_count)
        return;
    (void)pthread_mutex_lock(&metrics->lock);
    for (uint32_t at = 0; at < metrics->count; at++) {
        const struct gw_metric_label *label = &metrics->labels[at];

        if (label->values[index] >= 0)
            visit(context, gw_text_span(label->text, label->len), label->values[index]);
    }
    (void)pthread_mutex_unlock(&metrics->lock);
}
