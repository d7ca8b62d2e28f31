/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metric table: which figures a component measures that nobody else can know, such as whether it has a connection.
 * A plugin declares its metrics beside its options; an instance reports a value with host->metric(index, label, value),
 * where index is the place in the table.
 *
 *     enum { METRIC_CONNECTION_UP, METRIC_LAG };
 *
 *     static const struct gw_metric consumer_metrics[] = {
 *         [METRIC_CONNECTION_UP] = {.name = GW_METRIC_CONNECTION_UP, .help = "1 while ...", .type = GW_METRIC_GAUGE},
 *         [METRIC_LAG] = {.name = GW_METRIC_LAG, .help = "...", .label = "source", .type = GW_METRIC_GAUGE},
 *     };
 *
 *     host->metric(host, METRIC_LAG, source, messages);
 *
 * Life cycle
 *
 *   A value is kept for each metric and each value of its label, from the first report until it is reported as
 *   GW_METRIC_UNKNOWN, or until the instance is closed. Before the first report it is unknown, which is not 0.
 *   A metric whose label is `source`, of an entrypoint with the feature ORDERED, has values only for sources that are
 *   open (sink->opened). What is reported of another source is ignored, and sink->closed drops the values.
 *
 *   Each instance has values of its own; whoever shows them adds the component and the instance. Each session of a
 *   repository is an instance, which reports to the host of open_session.
 *
 * Threads: host->metric may be called on any thread, also on those of a foreign library.
 *
 * Ownership: the table is static, as the option table is. The label's value is copied.
 */
#ifndef GANGWAY_METRIC_H
#define GANGWAY_METRIC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, word): how values of a metric are to be read. Counters and histograms get their numbers with the
 * first plugin that has one. */
#define GW_METRIC_TYPE_LIST(X) X(GAUGE, 1, "gauge") /* the last value reported: it rises and falls */

enum gw_metric_type {
#define GW_METRIC_TYPE_ENUM(name, number, word) GW_METRIC_##name = number,
    GW_METRIC_TYPE_LIST(GW_METRIC_TYPE_ENUM)
#undef GW_METRIC_TYPE_ENUM
};

/* Reported as a value: the figure is no longer known. Every value below 0 counts as this one. */
enum { GW_METRIC_UNKNOWN = -1 };

/*
 * Names that the core reads itself. A plugin that measures one of these declares it under this name, and the loader
 * refuses another type or label for it.
 *
 * connection_up  gauge, no label: 1 while the component has a connection to its other side, 0 while it has none. One
 *                that connects when it has something to send, and closes a connection that is idle, reports whether its
 *                last attempt had a connection.
 * lag            gauge, label `source`: messages of a source that are there and were not handed over yet. A source with
 *                lag that does not move is reported by the core to the operator.
 */
#define GW_METRIC_CONNECTION_UP "connection_up"
#define GW_METRIC_LAG           "lag"
#define GW_METRIC_LABEL_SOURCE  "source"

/* A row of the table. */
struct gw_metric {
    const char *name;  /* lower-case words joined by `_`, with the unit at its end where it has one: `queue_bytes` */
    const char *help;  /* one sentence for an operator; never NULL */
    const char *label; /* the label's name, likewise; NULL: the metric has one value per instance */
    uint32_t type;     /* enum gw_metric_type */
    uint32_t reserved; /* 0 */
};

#ifdef __cplusplus
}
#endif

#endif
