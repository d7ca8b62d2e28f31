/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the two Kafka plugins: configures librdkafka by their options, connects its logs and errors to the host
 * (watch.h), and translates its error codes. Knows neither consuming nor producing.
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

/* The purpose of a client. It decides which further keys are allowed: LOOKS has only those that suit both others. */
enum kafka_role { KAFKA_LOOKS = 0, KAFKA_CONSUMES = 1, KAFKA_PRODUCES = 2 };

/* A key of librdkafka and its value. */
struct kafka_setting {
    const char *key;
    const char *value;
};

/* For lint: refuses (CONFIG) options that do not fit together, keys of `librdkafka` that are not on the allow-list for
 * this role, with the nearest allowed one, and values that librdkafka refuses or reads differently. */
enum gw_status kafka_options_lint(const struct kafka_options *options, enum kafka_role role,
                                  const struct gw_lint *lint);

/* For lint: refuses an invalid value of a further key that is on the allow-list. */
enum gw_status kafka_value_lint(const struct gw_option_pair *pair, const struct gw_lint *lint);

/* For lint: refuses settings that librdkafka does not accept together. Frees conf, which kafka_conf made without a
 * watch. */
enum gw_status kafka_together_lint(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct kafka_options *options,
                                   const struct gw_lint *lint);

/* Whether a client of this role may have this further key. */
bool kafka_key_fits(const char *key, enum kafka_role role);

/*
 * Makes a configuration from the settings that the role needs, and then from the options: brokers, TLS, SASL, and last
 * the further keys, none of which a role depends on. Logs and errors go to the watch (kafka_watch_attach). The caller
 * may set more (callbacks, events). It passes the result to kafka_client_new, or frees it with rd_kafka_conf_destroy.
 * Without a watch (NULL) the configuration is for lint and has no brokers, TLS and SASL. OK; CONFIG: librdkafka refuses
 * a value; NOMEM.
 */
enum gw_status kafka_conf(const struct kafka_options *options, enum kafka_role role, struct kafka_watch *watch,
                          const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                          struct gw_error *reterr);

/* Sets one key. OK; CONFIG with librdkafka's text: a bug, or a value of the options that it refuses. */
enum gw_status kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value, struct gw_error *reterr);

/* Makes a client, and takes ownership of conf in every case. It reads the certificates, and connects in the background.
 * OK; CONFIG: values that do not fit together, or a certificate or key that cannot be read; TRANSIENT: the system
 * cannot create a thread. */
enum gw_status kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                                struct gw_error *reterr);

/* The status for an error of librdkafka or of a broker. */
enum gw_status kafka_status(rd_kafka_resp_err_t code);

/* The text for an error, for people; static. */
const char *kafka_text(rd_kafka_resp_err_t code);

/* Sets *reterr to the status and the text of code, after `format`. If the connection may be the cause, it adds what the
 * watch (may be NULL) knows: a refused password is clearer than `timed out`, and has another status. */
GW_PRINTF(4, 5)
enum gw_status kafka_error(struct gw_error *reterr, const struct kafka_watch *watch, rd_kafka_resp_err_t code,
                           const char *format, ...);

/* A topic of an option, for kafka_look. */
struct kafka_wanted_topic {
    const char *name;
    const char *purpose; /* such as "is read as Allocate" */
};

/* For check: connects with a client of its own, reports the cluster and each topic (its partitions, and whether the
 * leader of each can be reached) or why it cannot, and disconnects. It waits at most timeout_ms. It never creates a
 * topic, joins a group or sends. Returns the status of the worst finding; CANCELLED. */
enum gw_status kafka_look(const struct kafka_options *options, const struct gw_host *host,
                          const struct kafka_wanted_topic *topics, uint32_t count, int64_t timeout_ms,
                          const struct gw_report *report);

#endif
