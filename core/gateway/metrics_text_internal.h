/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by metrics_text.c (the families of the core) and metrics_text_plugins.c (what plugins have reported). */
#ifndef GW_GATEWAY_METRICS_TEXT_INTERNAL_H
#define GW_GATEWAY_METRICS_TEXT_INTERNAL_H

#include "gateway/metrics_text.h"

/* All samples of one metric. HELP and TYPE are written before the first one. */
struct gw_metric_family {
    struct gw_buffer *buffer;
    const char *prefix; /* of the name */
    const char *name;
    const char *type;
    const char *help;
    bool has_samples;
};

struct gw_metric_pair {
    const char *name;
    struct gw_text text;
};

/* Begins a sample; its value follows. suffix: behind the name. Pairs whose name is NULL are left out. */
void gw_metric_sample(struct gw_metric_family *family, const char *suffix, const struct gw_metric_pair *pairs,
                      size_t count);

/* A whole sample. */
void gw_metric_sample_int(struct gw_metric_family *family, const struct gw_metric_pair *pairs, size_t count,
                          int64_t value);

/* gangway_connection_up and gangway_lag_messages, which the core reads, and the families that plugins declare. */
void gw_metrics_text_append_reported(struct gw_buffer *buffer, const struct gw_gateway_status *status);

#endif
