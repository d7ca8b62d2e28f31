/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of the metrics that one instance of a component has reported (gw_host.metric). Plugins set them on any
 * thread, others read them on any thread: each call takes a lock, which nobody holds for long.
 */
#ifndef GW_PROCESS_METRICS_H
#define GW_PROCESS_METRICS_H

#include <gangway/metric.h>
#include <gangway/plugin.h>
#include <gangway/text.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Values are kept for this many labels; those of further labels stay unknown. */
enum { GW_METRICS_MAX_LABELS = 10000 };

/* The values of one label, one for each metric of the table. */
struct gw_metric_label {
    char *text; /* owned */
    uint64_t len;
    bool is_open;    /* an open source; only where that matters */
    int64_t *values; /* owned; GW_METRIC_UNKNOWN: not known */
};

struct gw_metrics {
    pthread_mutex_t lock;
    const struct gw_plugin *plugin; /* whose table it is */
    struct gw_metric_label *labels; /* in no order; metrics without a label have the empty one */
    uint32_t count;
    uint32_t capacity;
    uint32_t last;    /* behind the label found last: values are reported in the same order each time */
    bool only_opened; /* values with the label `source` are kept for open sources only */
};

/* No value is known. With only_opened, gw_metrics_open and gw_metrics_close say which sources are open, so that a late
 * report about a source that was closed is ignored. */
void gw_metrics_init(struct gw_metrics *metrics, const struct gw_plugin *plugin, bool only_opened);
void gw_metrics_done(struct gw_metrics *metrics);

/* A source was opened or closed; closing drops its values. NOMEM; then its values stay unknown. */
enum gw_status gw_metrics_open(struct gw_metrics *metrics, struct gw_text source);
void gw_metrics_close(struct gw_metrics *metrics, struct gw_text source);

/* As gw_host.metric. An index that the table does not have is ignored; so is a value that there is no memory for. */
void gw_metrics_set(struct gw_metrics *metrics, uint32_t index, struct gw_text label, int64_t value);

/* The value of a metric without a label; GW_METRIC_UNKNOWN, also when the table has no metric of this name. */
int64_t gw_metrics_value(struct gw_metrics *metrics, const char *name);

/* Makes the value of a metric without a label unknown. */
void gw_metrics_forget(struct gw_metrics *metrics, const char *name);

/* Calls visit for each label for which the metric of this name has a value, with the lock held: visit must not call
 * these functions. */
typedef void gw_metrics_visit_fn(void *context, struct gw_text label, int64_t value);
void gw_metrics_visit(struct gw_metrics *metrics, const char *name, gw_metrics_visit_fn *visit, void *context);

#endif
