/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syntax: turns the fields of a message, read from JSON or CSV, into a command, or into a reason for refusal. It is a
 * tolerant reader: it ignores fields that the command does not have. The reason names the first field, in the order of
 * the catalog, that is missing or wrong.
 */
#ifndef GW_SERVICE_DECODE_H
#define GW_SERVICE_DECODE_H

#include "base/buffer.h"
#include "service/catalog.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

struct gw_command;

/* The member of a command that a field sets. */
enum gw_target { GW_TARGET_REF, GW_TARGET_SKU, GW_TARGET_ORDERID, GW_TARGET_QTY, GW_TARGET_ETA };

/* The kind of value that a message has under a name. */
enum gw_value_kind {
    GW_VALUE_ABSENT,
    GW_VALUE_NULL,
    GW_VALUE_STRING,
    GW_VALUE_INTEGER, /* `0`, or digits without a leading zero, optionally after `-` (not `-0`), that fit 64 bits */
    GW_VALUE_OTHER    /* a fraction, an exponent, a larger number, a list, an object, true, false */
};

struct gw_value {
    enum gw_value_kind kind;
    struct gw_text text; /* the bytes of a string */
    int64_t integer;
};

/* Returns the value under a name; the kind is ABSENT if there is none. */
struct gw_values {
    struct gw_value (*find)(const struct gw_values *self, const char *name);
};

/* Fills *ret_command, whose identifiers borrow the bytes of the values. False: *ret_reason, which is emptied first,
 * says which field is wrong, what was expected and what was found. */
bool gw_command_decode(const struct gw_command_spec *spec, const struct gw_values *values,
                       struct gw_command *ret_command, struct gw_buffer *ret_reason);

#endif
