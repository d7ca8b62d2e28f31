/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syntax: is it a command at all? Fields as a reader of JSON or CSV found them become a command, or a reason why not.
 * A tolerant reader: fields that the command does not have are not looked at. Checked once, at the edge; the first
 * field in the catalog's order that is missing or wrong is named.
 */
#ifndef GW_SERVICE_DECODE_H
#define GW_SERVICE_DECODE_H

#include "base/buffer.h"
#include "service/catalog.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

struct gw_command;

/* The field of a command that a field of a message fills. */
enum gw_target { GW_TARGET_REF, GW_TARGET_SKU, GW_TARGET_ORDERID, GW_TARGET_QTY, GW_TARGET_ETA };

/* What a message holds under a name. */
enum gw_value_kind {
    GW_VALUE_ABSENT,
    GW_VALUE_NULL,
    GW_VALUE_STRING,
    GW_VALUE_INTEGER, /* `0`, or digits without a leading zero, maybe behind `-` (not `-0`), that fit 64 bits */
    GW_VALUE_OTHER    /* a fraction, an exponent, a larger number, a list, an object, true, false */
};

struct gw_value {
    enum gw_value_kind kind;
    struct gw_text text; /* a string's bytes */
    int64_t integer;
};

/* Gives the value under a name; kind ABSENT when there is none. */
struct gw_values {
    struct gw_value (*find)(const struct gw_values *self, const char *name);
};

/* Fills *ret_command, whose identifiers borrow the values' bytes. False: *ret_reason, emptied before, says which field
 * is wrong, what was expected and what was found. */
bool gw_command_decode(const struct gw_command_spec *spec, const struct gw_values *values,
                       struct gw_command *ret_command, struct gw_buffer *ret_reason);

#endif
