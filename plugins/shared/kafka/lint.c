/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks librdkafka about the further settings, with configurations that never become a client with brokers. librdkafka
 * reports most values that it refuses, but it reads a number only up to the first letter, so that 60s means 60 ms.
 */
#include "client.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 512 };

GW_DEFINE_AUTO(rd_kafka_conf_t, rd_kafka_conf_destroy);

/* The length without the line end that librdkafka sometimes writes. */
static int line_len(const char *text)
{
    return (int)strcspn(text, "\n");
}

static bool is_number(const char *text)
{
    size_t sign = text[0] == '-';

    return text[sign] != '\0' && text[sign + strspn(text + sign, "0123456789")] == '\0';
}

/* librdkafka writes a value as it has read it. For a number that must be all its digits and nothing else. */
static enum gw_status lint_reading(const rd_kafka_conf_t *conf, const struct gw_option_pair *pair,
                                   const struct gw_lint *lint)
{
    char read[VALUE_MAX];
    size_t size = sizeof read;

    if (rd_kafka_conf_get(conf, pair->key, read, &size) != RD_KAFKA_CONF_OK || !is_number(read) ||
        strcmp(read, pair->value) == 0)
        return GW_OK;
    return gw_lint_line(lint, GW_CONFIG, "librdkafka", pair->key,
                        "librdkafka: \"%s\" would be read as %s; expected a number in digits alone, without a unit: "
                        "librdkafka counts in milliseconds (.ms) and bytes (.bytes)",
                        pair->key, read);
}

/* After a wrong checksum librdkafka looks for the next record set at a wrong place, and aborts the process if that
 * makes no sense. By their source, all versions from 2.0.2 to 2.15.0 do. */
static void warn_of_checksums(const rd_kafka_conf_t *conf, const struct gw_option_pair *pair,
                              const struct gw_lint *lint)
{
    char read[VALUE_MAX];
    size_t size = sizeof read;

    if (strcmp(pair->key, "check.crcs") == 0 && rd_kafka_conf_get(conf, pair->key, read, &size) == RD_KAFKA_CONF_OK &&
        strcmp(read, "true") == 0)
        (void)gw_lint_line(
            lint, GW_OK, "librdkafka", pair->key,
            "librdkafka: with \"check.crcs\" librdkafka ends the whole process where a checksum is wrong");
}

enum gw_status kafka_value_lint(const struct gw_option_pair *pair, const struct gw_lint *lint)
{
    gw_auto(rd_kafka_conf_destroy) rd_kafka_conf_t *conf = NULL;
    char text[VALUE_MAX];

    if (!lint->is_known(lint, gw_text_of("librdkafka"), gw_text_of(pair->key)))
        return GW_OK;
    conf = rd_kafka_conf_new();
    if (conf == NULL)
        return GW_NOMEM;
    if (rd_kafka_conf_set(conf, pair->key, pair->value, text, sizeof text) != RD_KAFKA_CONF_OK)
        return gw_lint_line(lint, GW_CONFIG, "librdkafka", pair->key, "librdkafka %s refuses \"%s\": %.*s",
                            rd_kafka_version_str(), pair->key, line_len(text), text);
    warn_of_checksums(conf, pair, lint);
    return lint_reading(conf, pair, lint);
}

/* The further key that librdkafka's message names; NULL: none. */
static const char *named_key(const struct gw_option_map *further, const char *complaint)
{
    for (uint64_t index = 0; index < further->count; index++) {
        char quoted[VALUE_MAX];

        (void)snprintf(quoted, sizeof quoted, "`%s`", further->items[index].key);
        if (strstr(complaint, quoted) != NULL)
            return further->items[index].key;
    }
    return NULL;
}

enum gw_status kafka_together_lint(rd_kafka_type_t type, rd_kafka_conf_t *conf, const struct kafka_options *options,
                                   const struct gw_lint *lint)
{
    const char *key;
    char text[VALUE_MAX];
    rd_kafka_t *client;

    (void)rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    client = rd_kafka_new(type, conf, text, sizeof text);
    if (client != NULL) {
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        return GW_OK;
    }
    rd_kafka_conf_destroy(conf);
    if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE)
        return GW_OK; /* a lack of threads is no fault of the file */
    key = named_key(&options->librdkafka, text);
    return gw_lint_line(lint, GW_CONFIG, "librdkafka", key, "librdkafka %s refuses these settings: %.*s",
                        rd_kafka_version_str(), line_len(text), text);
}
