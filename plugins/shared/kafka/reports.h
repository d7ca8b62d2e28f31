/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what the threads of librdkafka write about one client, which are its connections and its log. They are the
 * opaque of the client. The watch of the client reads them.
 *
 * A client may live longer than its watch and its host, because librdkafka may take long to destroy it (ending.h). So
 * the reports have owners, the watch and the thread that destroys the client, and the last one frees them.
 */
#ifndef KAFKA_REPORTS_H
#define KAFKA_REPORTS_H

#include <gangway/host.h>

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct kafka_watch;
struct kafka_reports;

/* Has one owner. The logs of the client go to the host. The watch is for callbacks on the polling thread. NULL: no
 * memory. */
struct kafka_reports *kafka_reports_new(struct kafka_watch *watch, const struct gw_host *host);

/* Adds an owner. */
void kafka_reports_retain(struct kafka_reports *reports);

/* Removes an owner. The last one frees the reports, when no client uses them. */
void kafka_reports_release(struct kafka_reports *reports);

/* Makes the reports the opaque of a configuration, and sets its callbacks for connections and logs. */
void kafka_reports_attach(struct kafka_reports *reports, rd_kafka_conf_t *conf);

/* Sends logs to another host (NULL: to none). No thread uses the host before when this returns. */
void kafka_reports_set_host(struct kafka_reports *reports, const struct gw_host *host);

/* The watch of a client whose opaque this is. Only on the thread that polls the client. */
struct kafka_watch *kafka_reports_watch(const void *opaque);

/* Whether there is a connection to any broker. Any thread. */
bool kafka_reports_is_up(struct kafka_reports *reports);

/* How often a connection was made. Any thread. */
uint64_t kafka_reports_ups(struct kafka_reports *reports);

/* Whether this subject, a hash, may be logged now (milliseconds of the monotonic clock). Any thread. */
bool kafka_reports_is_due(struct kafka_reports *reports, uint64_t subject, int64_t now_ms);

/* A hash of a text; the seed is the hash of what comes before it, or KAFKA_HASH_START. */
#define KAFKA_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t kafka_hash_text(const char *text, uint64_t seed);

#endif
