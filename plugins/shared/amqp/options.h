/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the AMQP plugins: the broker, the login and TLS. */
#ifndef RABBIT_OPTIONS_H
#define RABBIT_OPTIONS_H

#include <gangway/lint.h>
#include <gangway/option.h>

#include <stddef.h>
#include <stdint.h>

/* The first member of each plugin's config struct, so that the rows below suit all of them. */
struct rabbit_options {
    const char *url;
    struct gw_option_list hosts;
    const char *name;
    const char *ca;
    const char *cert;
    const char *key;
    const char *key_password;
    int64_t heartbeat;       /* ms */
    int64_t connect_timeout; /* ms */
};

/* Rows of an option table. */
/* clang-format off */
#define RABBIT_OPTIONS                                                                                               \
    {.name = "url",                                                                                                  \
     .help = "The broker, as amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps:// for TLS; without USER, and with "     \
             "`cert`, the certificate is the login (EXTERNAL).",                                                     \
     .type = GW_OPTION_SECRET, .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY,                                     \
     .offset = offsetof(struct rabbit_options, url)},                                                                \
    {.name = "hosts",                                                                                                \
     .help = "The nodes of a cluster, as host or host:port, instead of the host in `url`; they are tried in turn.",  \
     .type = GW_OPTION_LIST, .item_type = GW_OPTION_TEXT, .min = 1, .max = 16, .flags = GW_OPTION_IDENTITY,          \
     .offset = offsetof(struct rabbit_options, hosts)},                                                              \
    {.name = "name",                                                                                                 \
     .help = "The name of the connections in the broker's management; without it SERVICE/COMPONENT. The number of "  \
             "the worker is appended.",                                                                              \
     .type = GW_OPTION_TEXT, .min = 1, .max = 200, .offset = offsetof(struct rabbit_options, name)},                 \
    {.name = "heartbeat", .fallback = "10s",                                                                         \
     .help = "How often each side sends a heartbeat; a connection on which the broker sends nothing for twice as "   \
             "long is lost.",                                                                                        \
     .type = GW_OPTION_DURATION, .min = 2000, .max = 5 * 60 * 1000,                                                  \
     .offset = offsetof(struct rabbit_options, heartbeat)},                                                          \
    {.name = "connect_timeout", .fallback = "5s",                                                                    \
     .help = "How long to wait for a connection, and for each answer of the broker.",                                \
     .type = GW_OPTION_DURATION, .min = 100, .max = 60 * 1000,                                                       \
     .offset = offsetof(struct rabbit_options, connect_timeout)},                                                    \
    {.name = "ca",                                                                                                   \
     .help = "The authorities that sign the broker's certificate (PEM); without it those of the system.",            \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct rabbit_options, ca)},            \
    {.name = "cert", .help = "The gateway's own certificate (PEM), if the broker requires one; with `key`.",         \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct rabbit_options, cert)},          \
    {.name = "key", .help = "The private key of `cert` (PEM).",                                                      \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct rabbit_options, key)},           \
    {.name = "key_password", .help = "The password of `key`, if it has one.",                                        \
     .type = GW_OPTION_SECRET, .offset = offsetof(struct rabbit_options, key_password)}
/* clang-format on */

/* Reports what is wrong with these options. OK, CONFIG. */
enum gw_status rabbit_options_lint(const struct rabbit_options *options, const struct gw_lint *lint);

#endif
