/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog: tables of the commands with their fields, and of the events with theirs. The rest of the program reads
 * and checks by these tables, and knows no business type. Static storage, any thread.
 */
#ifndef GW_SERVICE_CATALOG_H
#define GW_SERVICE_CATALOG_H

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the value of a field must be. A rejection says which of these was expected. */
enum gw_field_kind {
    GW_FIELD_IDENTIFIER,     /* a string of 1 to 255 bytes without control characters */
    GW_FIELD_LINE_QUANTITY,  /* an integer from 1 to 2147483647 */
    GW_FIELD_BATCH_QUANTITY, /* an integer from 0 to 2147483647 */
    GW_FIELD_ETA             /* a date, or null; may be missing */
};

struct gw_field_spec {
    const char *name;
    const char *alias; /* another name that is accepted; NULL: none */
    enum gw_field_kind kind;
    uint32_t target; /* private to the service: the member of the command that it sets */
};

enum { GW_COMMAND_FIELDS_MAX = 4, GW_EVENT_FIELDS_MAX = 4 };

struct gw_command_spec {
    const char *name; /* compared exactly, case included */
    struct gw_field_spec fields[GW_COMMAND_FIELDS_MAX];
    size_t field_count;
};

struct gw_event_spec {
    const char *name;
    const char *fields[GW_EVENT_FIELDS_MAX]; /* in the order of publication */
    size_t field_count;
    bool is_internal;         /* cannot be routed */
    const char *default_text; /* the default text of a notice about it, with {field} places */
    const char *example;      /* a payload with plausible values, which also shows the type of each field */
};

/* The tables, indexed by the domain's command and event types. */
const struct gw_command_spec *gw_command_specs(size_t *ret_count);
const struct gw_event_spec *gw_event_specs(size_t *ret_count);

/* The entry with exactly this name, or NULL. */
const struct gw_command_spec *gw_command_spec_find(struct gw_text name);
const struct gw_event_spec *gw_event_spec_find(struct gw_text name);

/* The event that people are notified of most, for a test notice. */
const struct gw_event_spec *gw_event_spec_for_people(void);

#endif
