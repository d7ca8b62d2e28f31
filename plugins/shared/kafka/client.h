/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two Kafka plugins share: librdkafka configured by their options, its logs and errors led to the host
 * (watch.h), and its error codes translated. Knows neither consuming nor producing.
 */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include "options.h"
#include "watch.h"

#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/lint.h>

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

/* What a client is for, which decides which further keys fit: LOOKS has only those that fit both others. */
enum kafka_role { KAFKA_LOOKS = 0, KAFKA_CONSUMES = 1, KAFKA_PRODUCES = 2 };

/* A key of librdkafka's and its value. */
struct kafka_setting {
    const char *key;
    const char *value;
};

/* For lint: refuses (CONFIG) options that do not fit together, keys of `librdkafka` that are not on the allow-list for
 * this role, with the nearest that is, and values that librdkafka refuses or takes for something else. */
enum gw_status kafka_options_lint(const struct kafka_options *options, enum kafka_role role,
                                  const struct gw_lint *lint);

/* For lint: refuses the value of a further key that is on the allow-list. */
enum gw_status kafka_value_lint(const struct gw_option_pair *pair, const struct gw_lint *lint);

/* For lint: refuses settings that librdkafka does not take together. Takes conf, which kafka_conf made without a watch.
 */
enum gw_status kafka_together_lint(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct kafka_options *options,
                                   const struct gw_lint *lint);

/* Whether a client of this role is given this further key. */
bool kafka_key_fits(const char *key, enum kafka_role role);

/*
 * Makes a configuration: what the role needs (settings), then what the options say: brokers, TLS, SASL, and last their
 * further keys, which are none that a role rests on. Logs and errors go to the watch, which is the opaque. The caller
 * may set more (callbacks, events), and gives it to kafka_client_new, or frees it with rd_kafka_conf_destroy. Without a
 * watch (NULL) it is one for lint: brokers, TLS and SASL are left out. CONFIG: librdkafka refuses a value; NOMEM.
 */
enum gw_status kafka_conf(const struct kafka_options *options, enum kafka_role role, struct kafka_watch *watch,
                          const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                          struct gw_error *reterr);

/* Sets one key. CONFIG with librdkafka's text: a bug, or a value from the options that it refuses. */
enum gw_status kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value, struct gw_error *reterr);

/* Makes a client and takes conf, whatever happens. Reads the certificates, connects in the background. CONFIG: values
 * that do not fit together, a certificate or key that cannot be read; TRANSIENT: the system gives no thread. */
enum gw_status kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                                struct gw_error *reterr);

/* What a caller must do about an error of librdkafka or of a broker. */
enum gw_status kafka_status(rd_kafka_resp_err_t code);

/* The same in words, for a person; static. */
const char *kafka_text(rd_kafka_resp_err_t code);

/* Sets *reterr to the status and the text of code, after `format`; where the connection may be the cause, with what
 * the watch (may be NULL) knows about it: a refused password says more than `timed out`, and another status. */
GW_PRINTF(4, 5)
enum gw_status kafka_error(struct gw_error *reterr, const struct kafka_watch *watch, rd_kafka_resp_err_t code,
                           const char *format, ...);

/* A topic that an option names, for kafka_look. */
struct kafka_wanted_topic {
    const char *name;
    const char *purpose; /* such as "is read as Allocate" */
};

/* For check: connects with a client of its own, reports the cluster and each topic (its partitions, whether each has a
 * leader that can be reached) or why not, and disconnects; waits at most timeout_ms. Never creates a topic, joins a
 * group or sends. The status of the worst finding; CANCELLED. */
enum gw_status kafka_look(const struct kafka_options *options, const struct gw_host *host,
                          const struct kafka_wanted_topic *topics, uint32_t count, int64_t timeout_ms,
                          const struct gw_report *report);

#endif
