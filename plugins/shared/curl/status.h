/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the status for an error of libcurl. Knows no protocol's answers. */
#ifndef CURL_STATUS_H
#define CURL_STATUS_H

#include <gangway/status.h>

#include <curl/curl.h>

/* OK, TRANSIENT, CONFIG, NOMEM, CANCELLED. Never PERMANENT: what a server says about one message is its answer, not an
 * error of the transfer. Any thread. */
enum gw_status curl_status(CURLcode code);

#endif
