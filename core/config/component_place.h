/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a component reads or writes, and what it occupies there: the values of its options with the flags IDENTITY and
 * EXCLUSIVE, as texts that are equal exactly if they are. They may contain secrets. No state, any thread.
 */
#ifndef GW_CONFIG_COMPONENT_PLACE_H
#define GW_CONFIG_COMPONENT_PLACE_H

#include "config/bootstrap.h"

struct gw_component_place {
    const char *identity;         /* NULL: the plugin has no option with the flag IDENTITY */
    const char *const *exclusive; /* one for each option with the flag EXCLUSIVE that is set; one for an input that
                                     cannot be shared */
    size_t exclusive_count;
};

/* The place of a component, in arena. Without a plugin it has none. NOMEM. */
enum gw_status gw_component_place_make(struct gw_arena *arena, const struct gw_component *component,
                                       struct gw_component_place *ret_place);

/* What a component claims by an option with the flag EXCLUSIVE: plugin, value, and the options with the flag IDENTITY
 * that have a single value, in arena. Lists and maps are left out, because different ones can overlap: members of one
 * group have different topics. NULL: nothing, because the option has no such flag or is not set. NOMEM. */
enum gw_status gw_component_claim(struct gw_arena *arena, const struct gw_component *component,
                                  const struct gw_option *option, const char **ret_claim);

/* Whether two components, of any ids, read the same sources or write to the same place. */
bool gw_component_place_is_same(const struct gw_component_place *left, const struct gw_component_place *right);

/* Whether instances of the two cannot work at the same time. */
bool gw_component_place_excludes(const struct gw_component_place *left, const struct gw_component_place *right);

#endif
