/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address: a URL of the bootstrap file, taken apart by libcurl's own parser, so that what is checked is what is used.
 * A URL may be a secret (a webhook's path is its password), so no text here contains more of it than scheme, host and
 * port. No state, any thread.
 */
#ifndef CURL_ADDRESS_H
#define CURL_ADDRESS_H

#include <gangway/error.h>

#include <curl/curl.h>

/* The parts that are fit for people, and whether there are others. All zeros: none. */
struct curl_address {
    char *scheme;
    char *host;
    char *port; /* also where the URL leaves it out */
    int has_login;
    int has_fragment;
};

/* Takes a URL apart. schemes ends with NULL. INVALID: it is no URL, or of no such scheme, or names no host; the error
 * says which, and what is expected, without the URL. NOMEM. The result owns its parts: curl_address_done. */
enum gw_status curl_address_read(const char *url, const char *const *schemes, struct curl_address *ret_address,
                                 struct gw_error *reterr);

/* Frees the parts. */
void curl_address_done(struct curl_address *address);

#endif
