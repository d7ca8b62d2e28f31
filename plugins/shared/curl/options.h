/* SPDX-License-Identifier: Apache-2.0 */
/* The options that every plugin with a curl client has: certificates, and a proxy. */
#ifndef CURL_OPTIONS_H
#define CURL_OPTIONS_H

#include <gangway/error.h>
#include <gangway/lint.h>
#include <gangway/option.h>

#include <stddef.h>

/* The first member of each plugin's config struct, so that the rows below suit all of them. */
struct curl_options {
    const char *ca;
    const char *cert;
    const char *key;
    const char *key_password;
    const char *proxy;
};

/* Rows of an option table. */
/* clang-format off */
#define CURL_OPTIONS                                                                                               \
    {.name = "ca",                                                                                                 \
     .help = "The authorities that sign the server's certificate (PEM); without it those of the system.",          \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct curl_options, ca)},            \
    {.name = "cert", .help = "The gateway's own certificate (PEM), if the server requires one; with `key`.",       \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct curl_options, cert)},          \
    {.name = "key", .help = "The private key of `cert` (PEM).",                                                    \
     .type = GW_OPTION_PATH, .flags = GW_OPTION_CONTENTS, .offset = offsetof(struct curl_options, key)},           \
    {.name = "key_password", .help = "The password of `key`, if it has one.",                                      \
     .type = GW_OPTION_SECRET, .offset = offsetof(struct curl_options, key_password)},                             \
    {.name = "proxy",                                                                                              \
     .help = "The proxy to connect through, as http://HOST:PORT or socks5h://HOST:PORT, where it needs it with "   \
             "USER:PASSWORD@; without it no proxy, whatever the environment says.",                                \
     .type = GW_OPTION_SECRET, .offset = offsetof(struct curl_options, proxy)}
/* clang-format on */

/* For lint: `cert` and `key` belong together, `key_password` needs a `key`, and `proxy` is an address that libcurl can
 * read. OK, CONFIG. */
enum gw_status curl_options_lint(const struct curl_options *options, const struct gw_lint *lint);

/* For open, when secrets are known: `proxy` is an address that libcurl can read. OK, CONFIG, NOMEM. */
enum gw_status curl_options_check(const struct curl_options *options, struct gw_error *reterr);

#endif
