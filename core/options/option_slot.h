/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value that is converted from the file into a config struct: its option, its scalar and the findings about it.
 * Internal to option_value.c. Main thread.
 */
#ifndef GW_OPTIONS_OPTION_SLOT_H
#define GW_OPTIONS_OPTION_SLOT_H

#include "options/options.h"

/* The value to convert: an option's value, or an item of it. */
struct gw_option_slot {
    struct gw_binder *binder;
    const struct gw_option *option;
    uint32_t type; /* the option's, or its items' */
    const struct gw_yaml_node *node;
    const char *key; /* in a map: of this value; else NULL */
};

struct gw_option_scalar {
    struct gw_text text; /* NUL-terminated */
    bool is_plain;
    bool is_placeholder; /* of a reference that is not resolved */
};

/* Whether the slot is an item of its option's list or map. */
bool gw_option_slot_is_item(const struct gw_option_slot *slot);

/* Whether the value in the file is empty or null. */
bool gw_option_slot_is_null(const struct gw_option_slot *slot);

/* Adds an error: `'workers' is not a whole number; expected a whole number, from 1 to 64` for what = "is not a whole
 * number". */
void gw_option_slot_complain(const struct gw_option_slot *slot, const char *what);

/* Records that memory ran out. */
void gw_option_slot_fail(const struct gw_option_slot *slot);

/* The scalar, or the one that a reference points to. False, after adding a finding, if there is none. */
bool gw_option_slot_read(const struct gw_option_slot *slot, struct gw_option_scalar *ret_scalar);

#endif
