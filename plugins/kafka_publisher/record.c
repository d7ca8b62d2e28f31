/* SPDX-License-Identifier: Apache-2.0 */
/* Headers by the Kafka binding of CloudEvents 1.0, and what goes from cause to effect behind them. */
#include "record.h"

#include <gangway/scope.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OWN_HEADERS = 8, TYPE_MAX = 256, TIME_MAX = 40 };

struct header {
    const char *name;
    struct gw_text value;
};

void record_source(char source[RECORD_SOURCE_MAX], const char *service)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t used = (size_t)snprintf(source, RECORD_SOURCE_MAX, "/gangway/");

    for (; *service != '\0' && used + 4 <= RECORD_SOURCE_MAX; service++) {
        if (strchr(plain, *service) != NULL)
            source[used++] = *service;
        else
            used += (size_t)snprintf(source + used, 4, "%%%02X", (unsigned char)*service);
    }
    source[used] = '\0';
}

/* RFC 3339 in UTC, with milliseconds. */
static void write_time(char text[TIME_MAX], int64_t unix_ms)
{
    int64_t ms = (unix_ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((unix_ms - ms) / 1000);
    struct tm utc;
    size_t len;

    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_year = 70, .tm_mday = 1};
    len = strftime(text, TIME_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + len, TIME_MAX - len, ".%03dZ", (int)ms);
}

/* A value that is empty is there all the same, so it must not be NULL. */
static bool add(rd_kafka_headers_t *headers, const char *name, size_t name_len, struct gw_text value)
{
    return rd_kafka_header_add(headers, name, (ssize_t)name_len, value.len > 0 ? value.ptr : "", (ssize_t)value.len) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool add_own(rd_kafka_headers_t *headers, const struct gw_publication *event, const char *source)
{
    char type[TYPE_MAX];
    char when[TIME_MAX];
    char sequence[24];
    bool is_added = true;

    (void)snprintf(type, sizeof type, "gangway.allocation.%.*s.v1", (int)event->type.len, event->type.ptr);
    (void)snprintf(sequence, sizeof sequence, "%020" PRId64, event->sequence); /* CloudEvents compares strings */
    write_time(when, event->unix_ms);

    const struct header own[OWN_HEADERS] = {
        {"ce_specversion", gw_text_of("1.0")}, {"ce_id", event->id},
        {"ce_source", gw_text_of(source)},     {"ce_type", gw_text_of(type)},
        {"ce_time", gw_text_of(when)},         {"ce_subject", event->sku},
        {"ce_sequence", gw_text_of(sequence)}, {"content-type", gw_text_of("application/json")},
    };

    for (size_t index = 0; index < OWN_HEADERS && is_added; index++)
        is_added = add(headers, own[index].name, strlen(own[index].name), own[index].value);
    return is_added;
}

rd_kafka_headers_t *record_headers(const struct gw_publication *event, const char *source)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(OWN_HEADERS + event->headers.count);
    bool is_added = headers != NULL && add_own(headers, event, source);

    for (uint32_t index = 0; index < event->headers.count && is_added; index++) {
        const struct gw_header *header = gw_array_at(&event->headers, index);

        is_added = add(headers, header->name.ptr, (size_t)header->name.len, header->value);
    }
    if (headers != NULL && !is_added) {
        rd_kafka_headers_destroy(headers);
        return NULL;
    }
    return headers;
}
