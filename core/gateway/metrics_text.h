/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics of a status in the text format of Prometheus (0.0.4): those of the core, and those that plugins declare.
 * A family without a value is left out. No state, any thread.
 */
#ifndef GW_GATEWAY_METRICS_TEXT_H
#define GW_GATEWAY_METRICS_TEXT_H

#include "base/buffer.h"
#include "gateway/status.h"

#define GW_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* So many values of a label are written per component and metric; the others are left out. */
enum { GW_METRICS_TEXT_MAX_LABELS = 100 };

/* Appends everything. Out of memory: the buffer has failed. */
void gw_metrics_text_append(struct gw_buffer *buffer, const struct gw_gateway_status *status);

#endif
