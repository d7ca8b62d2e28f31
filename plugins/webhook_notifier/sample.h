/* SPDX-License-Identifier: Apache-2.0 */
/* Sample: what a template of JSON becomes, as far as its syntax goes. No state, any thread. */
#ifndef WEBHOOK_NOTIFIER_SAMPLE_H
#define WEBHOOK_NOTIFIER_SAMPLE_H

#include <gangway/error.h>

/* Whether the body is JSON once its places have values: each place counts as a digit, which may stand alone and inside
 * of quotes. The core has checked braces and names. OK; CONFIG: it is not, the error says where in the JSON, with
 * single braces, and why; NOMEM. */
enum gw_status sample_check(const char *body, struct gw_error *reterr);

#endif
