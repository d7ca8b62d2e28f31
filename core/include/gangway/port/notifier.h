/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port: notifier. How people are told: mail, chat, a console.
 *
 * One instance belongs to one relay, and every slot is called on that relay's thread. One call is one attempt for one
 * recipient; the core keeps the notices, their times and their retries.
 *
 * A plugin's options of type TEMPLATE are rendered by the core for each notice; options of type RECIPIENT, alone or as
 * items of a list, tell it how many notices an event makes. A plugin without such an option gets one notice per event,
 * with an empty recipient.
 */
#ifndef GANGWAY_PORT_NOTIFIER_H
#define GANGWAY_PORT_NOTIFIER_H

#include <gangway/abi.h>
#include <gangway/error.h>
#include <gangway/host.h>
#include <gangway/port/publisher.h>
#include <gangway/text.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rendered template: the option's name and its text for this notice. */
struct gw_rendered {
    struct gw_text name;
    struct gw_text text;
};

struct gw_notice {
    uint32_t size;     /* sizeof(struct gw_notice) in the core */
    uint32_t attempt;  /* from 1 */
    struct gw_text id; /* the idempotency key: the same however often it is tried */
    struct gw_text recipient;
    struct gw_text type;      /* the event's name */
    struct gw_text payload;   /* the event's fields as a JSON object */
    struct gw_array rendered; /* of struct gw_rendered, in the order of the option table */
    int64_t unix_ms;          /* when the change was committed */
};

/* The rendered text of the template option `name`; the empty text when there is none. */
static inline struct gw_text gw_notice_text(const struct gw_notice *notice, const char *name)
{
    uint32_t index;

    for (index = 0; index < notice->rendered.count; index++) {
        const struct gw_rendered *rendered = (const struct gw_rendered *)gw_array_at(&notice->rendered, index);
        if (gw_text_is(rendered->name, name))
            return rendered->text;
    }
    return gw_text_of(NULL);
}

struct gw_notifier_ops {
    uint32_t size; /* sizeof(struct gw_notifier_ops) in the plugin */
    uint32_t reserved;

    /*
     * MUST. One attempt to tell one recipient, ended by deadline_ms (host->monotonic_ms) at the latest. Sets the
     * verdict: OK sent; TRANSIENT try again, after retry_after_ms when the other side asked for it; PERMANENT refused
     * for good; with the other side's answer. Returns OK when the verdict is set; TRANSIENT, CONFIG, NOMEM, CANCELLED:
     * nothing was sent, and the whole destination waits.
     */
    enum gw_status (*send)(void *self, const struct gw_notice *notice, struct gw_verdict *verdict, int64_t deadline_ms,
                           struct gw_error *reterr);
};

#ifdef __cplusplus
}
#endif

#endif
