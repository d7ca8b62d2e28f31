/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request: the body and the headers of one POST, from a notice. Knows the options and the formats, and no connection.
 * The thread of the slots.
 */
#ifndef WEBHOOK_NOTIFIER_REQUEST_H
#define WEBHOOK_NOTIFIER_REQUEST_H

#include "settings.h"
#include "signature.h"

#include <gangway/port/notifier.h>
#include <gangway/sdk/buffer.h>

#include <curl/curl.h>

/* What is signed with; count 0: nothing is signed. */
struct signing {
    struct signing_key keys[SIGNING_KEYS_MAX];
    size_t count;
};

struct request {
    struct gw_buffer buffer;    /* of a body that is not the rendered text as it is */
    struct gw_text body;        /* borrows the buffer or the notice */
    struct curl_slist *headers; /* NULL: none yet */
};

/* Makes body and headers of a notice; what it borrows from the notice lasts as long as the notice. unix_ms is the time
 * of this attempt. OK; NOMEM; CONFIG: `secret_fields` and a body that is no object. request_done in every case. */
enum gw_status request_make(struct request *request, const struct webhook_config *config, const struct signing *signing,
                            const struct gw_notice *notice, int64_t unix_ms, struct gw_error *reterr);

void request_done(struct request *request);

#endif
