/* SPDX-License-Identifier: Apache-2.0 */
/* The options of both Kafka plugins: the address of the cluster, and the login. */
#ifndef KAFKA_OPTIONS_H
#define KAFKA_OPTIONS_H

#include <gangway/option.h>

#include <stddef.h>

/* The first member of each plugin's config struct, so that the rows below suit both. */
struct kafka_options {
    struct gw_option_list brokers;
    const char *client_id;
    uint32_t tls; /* also implied by ca, cert or key */
    const char *ca;
    const char *cert;
    const char *key;
    const char *key_password;
    uint32_t mechanism; /* enum kafka_mechanism */
    const char *user;
    const char *password;
    struct gw_option_map librdkafka;
};

/* The order of KAFKA_MECHANISMS. */
enum kafka_mechanism { KAFKA_NO_SASL = 0, KAFKA_PLAIN = 1, KAFKA_SCRAM_SHA_256 = 2, KAFKA_SCRAM_SHA_512 = 3 };
#define KAFKA_MECHANISMS "none|PLAIN|SCRAM-SHA-256|SCRAM-SHA-512"

/* Rows of an option table. */
/* clang-format off */
#define KAFKA_OPTIONS                                                                                              \
    {.name = "brokers",                                                                                            \
     .help = "The brokers to connect to first, as host:port; the client learns the others from them.",             \
     .type = GW_OPTION_LIST, .item_type = GW_OPTION_TEXT, .min = 1, .max = 64,                                     \
     .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY, .offset = offsetof(struct kafka_options, brokers)},         \
    {.name = "client_id", .fallback = "gangway",                                                                   \
     .help = "The name of this gateway in the brokers' logs and quotas.",                                          \
     .type = GW_OPTION_TEXT, .min = 1, .max = 255, .offset = offsetof(struct kafka_options, client_id)},           \
    {.name = "tls", .fallback = "false",                                                                           \
     .help = "Whether to encrypt; the brokers' certificates and names are always verified. `ca`, `cert` and "      \
             "`key` imply it.",                                                                                    \
     .type = GW_OPTION_BOOL, .offset = offsetof(struct kafka_options, tls)},                                       \
    {.name = "ca",                                                                                                 \
     .help = "The authorities that sign the brokers' certificates (PEM); without it those of the system.",         \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct kafka_options, ca)},           \
    {.name = "cert", .help = "The gateway's own certificate (PEM), if the brokers require one; with `key`.",       \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct kafka_options, cert)},         \
    {.name = "key", .help = "The private key of `cert` (PEM).",                                                    \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct kafka_options, key)},          \
    {.name = "key_password", .help = "The password of `key`, if it has one.",                                      \
     .type = GW_OPTION_SECRET, .offset = offsetof(struct kafka_options, key_password)},                            \
    {.name = "mechanism", .fallback = "none", .choices = KAFKA_MECHANISMS,                                         \
     .help = "How to log in (SASL); with `user` and `password`.",                                                  \
     .type = GW_OPTION_CHOICE, .offset = offsetof(struct kafka_options, mechanism)},                               \
    {.name = "user", .help = "The user name of the login.",                                                        \
     .type = GW_OPTION_TEXT, .offset = offsetof(struct kafka_options, user)},                                      \
    {.name = "password", .help = "The password of `user`.",                                                        \
     .type = GW_OPTION_SECRET, .offset = offsetof(struct kafka_options, password)},                                \
    {.name = "librdkafka",                                                                                         \
     .help = "Further settings of the client library, by its own names; only those that tune, not those that "     \
             "this plugin depends on or that load code.",                                                          \
     .type = GW_OPTION_MAP, .item_type = GW_OPTION_TEXT, .max = 64, .offset = offsetof(struct kafka_options, librdkafka)}
/* clang-format on */

#endif
