/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a Retry-After header (RFC 9110, section 10.2.3). No state, any thread. */
#ifndef CURL_RETRY_AFTER_H
#define CURL_RETRY_AFTER_H

#include <gangway/text.h>

#include <stdint.h>

/* The longest pause that a server can ask for, which is also the core's limit. */
enum { CURL_RETRY_AFTER_MAX_MS = 60 * 60 * 1000 };

/* The pause in milliseconds: seconds, which may have a fraction, as some services send it, or a date, compared with
 * unix_ms. At most CURL_RETRY_AFTER_MAX_MS. 0: no pause, because the value is 0, negative, a date that has passed, or
 * not readable. */
int64_t curl_retry_after_ms(struct gw_text value, int64_t unix_ms);

#endif
