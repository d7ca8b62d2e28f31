/* SPDX-License-Identifier: Apache-2.0 */
/* Status table: what each status code of HTTP means for a notice. Any thread. */
#ifndef WEBHOOK_NOTIFIER_STATUS_TABLE_H
#define WEBHOOK_NOTIFIER_STATUS_TABLE_H

#include <gangway/error.h>

#include <stdint.h>

enum status_meaning {
    STATUS_SENT = 0,     /* the notice is delivered */
    STATUS_AGAIN = 1,    /* this notice is tried again */
    STATUS_NEVER = 2,    /* this notice becomes a dead letter, or goes to the fallback */
    STATUS_OPERATOR = 3, /* somebody has to change something; the destination waits */
};

enum { STATUS_FIRST = 200, STATUS_END = 600 };

struct status_table {
    uint8_t meanings[STATUS_END - STATUS_FIRST];
};

/* The defaults, for which status_table.c has the reasons. */
void status_table_init(struct status_table *table);

/* Sets one code, such as `409`, or a class, such as `4xx`, to sent, again, never or operator. CONFIG: no such code or
 * no such word; the error names what is expected. A code that was set keeps its meaning when its class is set later. */
enum gw_status status_table_set(struct status_table *table, const char *code, const char *word,
                                struct gw_error *reterr);

/* The meaning of a code; AGAIN for one that HTTP does not have. */
enum status_meaning status_table_meaning(const struct status_table *table, long code);

#endif
