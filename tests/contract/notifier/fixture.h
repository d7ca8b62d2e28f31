/* SPDX-License-Identifier: Apache-2.0 */
/* A channel: an instance of the plugin under test, and notices for it. In the process of each test. */
#ifndef GW_CONTRACT_NOTIFIER_FIXTURE_H
#define GW_CONTRACT_NOTIFIER_FIXTURE_H

#include "suite.h"
#include "test_host.h"

#include <gangway/port/notifier.h>

enum { SEND_MS = 5000 };

/* Of the command line. */
extern const char *recipient;
extern const char *away; /* NULL: not given */

struct channel {
    struct suite_place place;
    struct test_host host;
    struct test_plugin plugin;
    const struct gw_notifier_ops *ops;
    void *self; /* NULL: not open */
    struct gw_verdict verdict;
    struct gw_error error;
};

/* The one of each test, open in a test of notifier_case; and a second one for tests that need two. */
extern struct channel channel;
extern struct channel other;

TCase *notifier_case(const char *name);

/* Opens an instance; instead, which may be NULL, is a setting in the place of those with its key. */
void channel_open(struct channel *opened, const char *instead);
void channel_close(struct channel *closed);

/* Sends the notice of this number, in which every template of the plugin has this text. All that the notice points to
 * is overwritten and freed after the call. The verdict's status is INTERNAL before. */
enum gw_status channel_send(struct channel *used, uint32_t number, struct gw_text text, int64_t within_ms);

/* The same within SEND_MS; it must be sent. */
void channel_deliver(struct channel *used, uint32_t number, const char *text);

TCase *opening_case(void);
TCase *sending_case(void);

#endif
