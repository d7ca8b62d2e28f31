/* SPDX-License-Identifier: Apache-2.0 */
/* Outcome: what a failed transfer means for the notice and for the destination. No state, any thread. */
#ifndef SMTP_NOTIFIER_OUTCOME_H
#define SMTP_NOTIFIER_OUTCOME_H

#include "replies.h"

#include <gangway/status.h>

struct outcome {
    enum gw_status status;  /* of send; OK: the verdict decides */
    enum gw_status verdict; /* OK, TRANSIENT, PERMANENT */
};

/* fallback is the status by libcurl's error, for a failure without a reply of the server. */
struct outcome smtp_status(const struct replies *replies, enum gw_status fallback);

#endif
