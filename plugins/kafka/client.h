/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two Kafka plugins share: librdkafka configured by their options, its logs and errors led to the host, and
 * its error codes translated. Knows neither consuming nor producing.
 */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include "options.h"

#include <gangway/error.h>
#include <gangway/host.h>

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

/* Refuses (CONFIG) options that do not fit together, and keys of `librdkafka` that are not on the allow-list, with the
 * nearest that is. For open: connects nothing. */
enum gw_status kafka_options_check(const struct kafka_options *options, struct gw_error *reterr);

/* What librdkafka says on threads of its own about a client. Must outlive the client. Its members are client.c's. */
struct kafka_watch {
    const struct gw_host *host;
    atomic_int last_error;  /* rd_kafka_resp_err_t: why there is no connection; 0: there is */
    atomic_bool is_fatal;   /* the client is beyond repair: make another */
    char last_text[240]; /* beside last_error, for a person */
};

/*
 * Makes a configuration with everything that the options say and that both roles need: brokers, TLS, SASL, the further
 * keys; logs and errors go to the watch, which sets the connection gauge and logs a change of it once. The caller adds
 * what its role needs and gives it to rd_kafka_new, or frees it with rd_kafka_conf_destroy. CONFIG: librdkafka refuses
 * a value (a certificate that cannot be read ...); NOMEM.
 */
enum gw_status kafka_conf(const struct kafka_options *options, const struct gw_host *host, struct kafka_watch *watch,
                          rd_kafka_conf_t **ret_conf, struct gw_error *reterr);

/* Sets one key. CONFIG with librdkafka's text: a bug, or a value from the options that it refuses. */
enum gw_status kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value, struct gw_error *reterr);

/* What a caller must do about an error of librdkafka or of a broker. */
enum gw_status kafka_status(rd_kafka_resp_err_t code);

/* Sets *reterr to the status and the text of code, after `format`; where the connection is the cause, with what the
 * watch knows about it (a refused password says more than `timed out`). */
GW_PRINTF(4, 5)
enum gw_status kafka_error(struct gw_error *reterr, const struct kafka_watch *watch, rd_kafka_resp_err_t code,
                           const char *format, ...);

/* A topic that an option names, for kafka_look. */
struct kafka_wanted_topic {
    const char *name;
    const char *purpose; /* such as "is read as Allocate" */
};

/* For check: connects with a client of its own, reports the cluster (its id, brokers, version where known) and each
 * topic (partitions, whether each has a leader) or why not, and disconnects; waits at most timeout_ms. Never creates a
 * topic, joins a group or sends. The status of the worst finding. */
enum gw_status kafka_look(const struct kafka_options *options, const struct gw_host *host,
                          const struct kafka_wanted_topic *topics, uint32_t count, int64_t timeout_ms,
                          const struct gw_report *report);

#endif
