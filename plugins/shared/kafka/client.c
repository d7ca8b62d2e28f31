/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a client: the options by librdkafka's names; and making a client. */
#include "client.h"

#include <gangway/scope.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

GW_DEFINE_AUTO(rd_kafka_conf_t, rd_kafka_conf_destroy);
GW_DEFINE_AUTO(char, free);

static bool uses_tls(const struct kafka_options *options)
{
    return options->tls || options->ca != NULL || options->cert != NULL || options->key != NULL;
}

static const char *mechanism_name(uint32_t mechanism)
{
    static const char *const names[] = {NULL, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};

    return mechanism < gw_array_length(names) ? names[mechanism] : NULL;
}

static const char *protocol_name(const struct kafka_options *options)
{
    if (options->mechanism == KAFKA_NO_SASL)
        return uses_tls(options) ? "ssl" : "plaintext";
    return uses_tls(options) ? "sasl_ssl" : "sasl_plaintext";
}

enum gw_status kafka_conf_set(rd_kafka_conf_t *conf, const char *key, const char *value, struct gw_error *reterr)
{
    char text[256];

    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) == RD_KAFKA_CONF_OK)
        return GW_OK;
    return gw_error_set(reterr, GW_CONFIG, "librdkafka refuses %s: %s", key, text);
}

static enum gw_status set_all(rd_kafka_conf_t *conf, const struct kafka_setting *settings, size_t count,
                              struct gw_error *reterr)
{
    for (size_t index = 0; index < count; index++) {
        enum gw_status status = GW_OK;

        if (settings[index].value != NULL)
            status = kafka_conf_set(conf, settings[index].key, settings[index].value, reterr);
        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

static enum gw_status set_brokers(rd_kafka_conf_t *conf, const struct gw_option_list *brokers, struct gw_error *reterr)
{
    gw_auto(free) char *joined = NULL;
    size_t len = 1;

    for (uint64_t index = 0; index < brokers->count; index++)
        len += strlen(brokers->items[index]) + 1;
    joined = calloc(1, len);
    if (joined == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the names of brokers");
    for (uint64_t index = 0; index < brokers->count; index++) {
        strcat(joined, index > 0 ? "," : "");
        strcat(joined, brokers->items[index]);
    }
    return kafka_conf_set(conf, "bootstrap.servers", joined, reterr);
}

/*
 * Certificates and names of the brokers are verified, and the allow-list has no key that disables it. Both are defaults
 * since librdkafka 2.0, and are set because they were not before. TCP keepalives detect a broker that disappeared
 * silently; otherwise only a request that times out would. A broker that is back is found within two seconds.
 */
static enum gw_status set_common(rd_kafka_conf_t *conf, const struct kafka_options *options, struct gw_error *reterr)
{
    const bool is_tls = uses_tls(options);
    const struct kafka_setting settings[] = {
        {"client.id", options->client_id},
        {"security.protocol", protocol_name(options)},
        {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.max.ms", "2000"},
        {"enable.ssl.certificate.verification", "true"},
        {"ssl.endpoint.identification.algorithm", is_tls ? "https" : NULL},
        {"ssl.ca.location", options->ca},
        {"ssl.certificate.location", options->cert},
        {"ssl.key.location", options->key},
        {"ssl.key.password", options->key_password},
        {"sasl.mechanism", mechanism_name(options->mechanism)},
        {"sasl.username", options->user},
        {"sasl.password", options->password},
    };
    enum gw_status status = set_brokers(conf, &options->brokers, reterr);

    return status == GW_OK ? set_all(conf, settings, gw_array_length(settings), reterr) : status;
}

static enum gw_status set_further(rd_kafka_conf_t *conf, const struct gw_option_map *further, enum kafka_role role,
                                  struct gw_error *reterr)
{
    for (uint64_t index = 0; index < further->count; index++) {
        const struct gw_option_pair *pair = &further->items[index];
        enum gw_status status = GW_OK;

        if (kafka_key_fits(pair->key, role))
            status = kafka_conf_set(conf, pair->key, pair->value, reterr);
        if (status != GW_OK)
            return status;
    }
    return GW_OK;
}

/* librdkafka reports a missing file in the words of OpenSSL, so this checks the files first. */
static enum gw_status check_files(const struct kafka_options *options, struct gw_error *reterr)
{
    const struct kafka_setting files[] = {{"ca", options->ca}, {"cert", options->cert}, {"key", options->key}};

    for (size_t index = 0; index < gw_array_length(files); index++)
        if (files[index].value != NULL && access(files[index].value, R_OK) != 0)
            return gw_error_set_errno(reterr, GW_CONFIG, errno, "%s: %s", files[index].key, files[index].value);
    return GW_OK;
}

enum gw_status kafka_conf(const struct kafka_options *options, enum kafka_role role, struct kafka_watch *watch,
                          const struct kafka_setting *settings, size_t count, rd_kafka_conf_t **ret_conf,
                          struct gw_error *reterr)
{
    gw_auto(rd_kafka_conf_destroy) rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum gw_status status;

    if (conf == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Kafka client");
    if (watch != NULL && !kafka_watch_attach(watch, conf))
        return gw_error_set(reterr, GW_NOMEM, "no memory for a Kafka client");
    status = watch != NULL ? check_files(options, reterr) : GW_OK;
    if (status == GW_OK)
        status = set_all(conf, settings, count, reterr);
    if (status == GW_OK && watch != NULL)
        status = set_common(conf, options, reterr);
    if (status == GW_OK)
        status = set_further(conf, &options->librdkafka, role, reterr);
    if (status != GW_OK)
        return status;
    *ret_conf = gw_take(conf);
    return GW_OK;
}

static enum gw_status new_client(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                                 struct gw_error *reterr)
{
    char text[384];
    rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof text);
    bool is_passing = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;

    if (client == NULL)
        return gw_error_set(reterr, is_passing ? GW_TRANSIENT : GW_CONFIG, "making a Kafka client: %s", text);
    *ret_client = client;
    return GW_OK;
}

/*
 * Tries certificates and combinations of values on a client without brokers and interceptors. If rd_kafka_new refuses a
 * configuration with interceptors, it has freed a part of it (2.0.2), so the configuration can neither be destroyed nor
 * used, and each attempt would leak it.
 */
static enum gw_status try_client(rd_kafka_type_t type, const rd_kafka_conf_t *conf, struct gw_error *reterr)
{
    const char *without[] = {"metadata.broker.list"}; /* the filter does not know its alias, bootstrap.servers */
    rd_kafka_conf_t *trial = rd_kafka_conf_dup_filter(conf, gw_array_length(without), without);
    rd_kafka_t *client = NULL;
    enum gw_status status;

    (void)rd_kafka_conf_set(trial, "log_level", "0", NULL, 0);
    status = new_client(type, trial, &client, reterr);
    if (status != GW_OK)
        rd_kafka_conf_destroy(trial);
    else
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return status;
}

enum gw_status kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client,
                                struct gw_error *reterr)
{
    enum gw_status status = try_client(type, conf, reterr);

    if (status == GW_OK)
        return new_client(type, conf, ret_client, reterr); /* if this fails, for lack of a thread, conf is leaked */
    rd_kafka_conf_destroy(conf);
    return status;
}
