/* SPDX-License-Identifier: Apache-2.0 */
/* Logs in by SASL: PLAIN with user and password, or EXTERNAL, where the certificate is the login. See login.h. */
#include "login.h"

#include "frame.h"

#include <gangway/scope.h>
#include <gangway/sdk/show.h>

#include <stdio.h>
#include <string.h>

enum { RESPONSE_MAX = 1024, CHANNEL_MAX = RABBIT_SIDE_CHANNEL, MS = 1000 };

static amqp_bytes_t bytes_of(const char *text)
{
    return (amqp_bytes_t){.len = strlen(text), .bytes = (void *)text};
}

static amqp_table_entry_t text_entry(const char *key, const char *value)
{
    return (amqp_table_entry_t){.key = bytes_of(key),
                                .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bytes_of(value)}};
}

static amqp_table_entry_t true_entry(const char *key)
{
    return (amqp_table_entry_t){.key = bytes_of(key), .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
}

/* Whether a name is one of the words, which are separated by spaces. */
static bool has_word(amqp_bytes_t words, const char *name)
{
    const char *at = words.bytes;
    const char *end = at + words.len;
    const size_t len = strlen(name);

    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *behind = space != NULL ? space : end;

        if ((size_t)(behind - at) == len && memcmp(at, name, len) == 0)
            return true;
        at = behind + 1;
    }
    return false;
}

static void keep_version(struct rabbit_link *link, const amqp_table_t *properties)
{
    for (int index = 0; index < properties->num_entries; index++) {
        const amqp_table_entry_t *entry = &properties->entries[index];
        struct gw_text text;

        if (entry->value.kind != AMQP_FIELD_KIND_UTF8 ||
            !gw_text_is(gw_text_span(entry->key.bytes, entry->key.len), "version"))
            continue;
        text = gw_text_span(entry->value.value.bytes.bytes, entry->value.value.bytes.len);
        (void)snprintf(link->version, sizeof link->version, "%.*s", gw_shown(text), text.ptr);
    }
}

static const char *mechanism_of(const struct rabbit_settings *settings)
{
    return settings->user != NULL ? "PLAIN" : "EXTERNAL";
}

static enum gw_status refuse_mechanism(const struct rabbit_settings *settings, struct gw_error *reterr)
{
    if (settings->user != NULL)
        return gw_error_set(reterr, GW_CONFIG, "the broker does not admit logins with user and password (PLAIN)");
    return gw_error_set(reterr, GW_CONFIG,
                        "the broker does not admit certificates as logins (EXTERNAL); enable its plugin "
                        "rabbitmq_auth_mechanism_ssl, or put a user into the URL");
}

static enum gw_status await_start(struct rabbit_link *link, const struct rabbit_settings *settings, int64_t deadline_ms,
                                  struct gw_error *reterr)
{
    static const char header[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    const amqp_connection_start_t *start;
    amqp_method_t answer;
    enum gw_status status = rabbit_outgoing_raw(&link->out, header, sizeof header, reterr);

    if (status == GW_OK)
        status = rabbit_link_call(link, 0, 0, NULL, AMQP_CONNECTION_START_METHOD, deadline_ms, &answer, reterr);
    if (status != GW_OK)
        return status;
    start = answer.decoded;
    if (start->version_major != 0 || start->version_minor != 9)
        return gw_error_set(reterr, GW_CONFIG, "the broker speaks AMQP %u.%u, and 0.9 is expected",
                            (unsigned)start->version_major, (unsigned)start->version_minor);
    keep_version(link, &start->server_properties);
    return has_word(start->mechanisms, mechanism_of(settings)) ? GW_OK : refuse_mechanism(settings, reterr);
}

/* authentication_failure_close: a refused login is answered, instead of a closed socket. */
static enum gw_status send_start_ok(struct rabbit_link *link, const struct rabbit_settings *settings,
                                    amqp_bytes_t response, int64_t deadline_ms, amqp_method_t *ret_tune,
                                    struct gw_error *reterr)
{
    amqp_table_entry_t capabilities[] = {true_entry("authentication_failure_close"), true_entry("basic.nack"),
                                         true_entry("connection.blocked"), true_entry("consumer_cancel_notify"),
                                         true_entry("publisher_confirms")};
    amqp_table_entry_t properties[] = {
        text_entry("product", "gangway"),
        text_entry("connection_name", settings->name),
        {.key = bytes_of("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {gw_array_length(capabilities), capabilities}}},
    };
    amqp_connection_start_ok_t ok = {.client_properties = {gw_array_length(properties), properties},
                                     .mechanism = bytes_of(mechanism_of(settings)),
                                     .response = response,
                                     .locale = bytes_of("en_US")};

    return rabbit_link_call(link, 0, AMQP_CONNECTION_START_OK_METHOD, &ok, AMQP_CONNECTION_TUNE_METHOD, deadline_ms,
                            ret_tune, reterr);
}

static enum gw_status authenticate(struct rabbit_link *link, const struct rabbit_settings *settings,
                                   int64_t deadline_ms, amqp_method_t *ret_tune, struct gw_error *reterr)
{
    char response[RESPONSE_MAX];
    const char *user = settings->user != NULL ? settings->user : "";
    const char *password = settings->password != NULL ? settings->password : "";
    const size_t user_len = strlen(user);
    const size_t password_len = strlen(password);
    const size_t len = 2 + user_len + password_len;
    enum gw_status status;

    if (settings->user == NULL)
        return send_start_ok(link, settings, bytes_of(""), deadline_ms, ret_tune, reterr);
    if (len > sizeof response)
        return gw_error_set(reterr, GW_CONFIG, "user and password are longer than %d bytes", RESPONSE_MAX - 2);
    response[0] = '\0';
    memcpy(response + 1, user, user_len + 1);
    memcpy(response + user_len + 2, password, password_len);
    status = send_start_ok(link, settings, (amqp_bytes_t){len, response}, deadline_ms, ret_tune, reterr);
    sodium_memzero(response, sizeof response);
    return status;
}

static uint32_t lower(uint32_t ours, uint32_t theirs)
{
    return theirs == 0 || ours < theirs ? ours : theirs; /* 0: no limit, or no heartbeats of its own */
}

static enum gw_status agree(struct rabbit_link *link, const amqp_connection_tune_t *tune, int64_t heartbeat_ms,
                            struct gw_error *reterr)
{
    amqp_connection_tune_ok_t ok = {
        .channel_max = CHANNEL_MAX,
        .frame_max = lower(RABBIT_LINK_FRAME_MAX, tune->frame_max),
        .heartbeat = (uint16_t)lower((uint32_t)(heartbeat_ms / MS), tune->heartbeat),
    };

    if (ok.frame_max < RABBIT_FRAME_MAX_LEAST)
        return gw_error_set(reterr, GW_CONFIG, "the broker limits frames to %lu bytes, below the %d of the protocol",
                            (unsigned long)ok.frame_max, RABBIT_FRAME_MAX_LEAST);
    link->frame_max = ok.frame_max;
    link->heartbeat_ms = (int64_t)ok.heartbeat * MS;
    return rabbit_outgoing_method(&link->out, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &ok, reterr);
}

static enum gw_status open_vhost(struct rabbit_link *link, const char *vhost, int64_t deadline_ms,
                                 struct gw_error *reterr)
{
    amqp_connection_open_t open = {.virtual_host = bytes_of(vhost)};
    amqp_channel_open_t channel = {0};
    enum gw_status status = rabbit_link_call(link, 0, AMQP_CONNECTION_OPEN_METHOD, &open,
                                             AMQP_CONNECTION_OPEN_OK_METHOD, deadline_ms, NULL, reterr);

    if (status != GW_OK)
        return status;
    return rabbit_link_call(link, RABBIT_CHANNEL, AMQP_CHANNEL_OPEN_METHOD, &channel, AMQP_CHANNEL_OPEN_OK_METHOD,
                            deadline_ms, NULL, reterr);
}

enum gw_status rabbit_login(struct rabbit_link *link, const struct rabbit_settings *settings, int64_t deadline_ms,
                            struct gw_error *reterr)
{
    amqp_method_t tune;
    enum gw_status status = await_start(link, settings, deadline_ms, reterr);

    if (status == GW_OK)
        status = authenticate(link, settings, deadline_ms, &tune, reterr);
    if (status == GW_OK)
        status = agree(link, tune.decoded, settings->heartbeat_ms, reterr);
    return status == GW_OK ? open_vhost(link, settings->vhost, deadline_ms, reterr) : status;
}
