/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of an option in a bound config struct, as text in one form: two values are equal exactly if their texts are
 * (and, of a path, if both are written alike). The text looks like YAML and is meant for people and digests; nothing
 * reads it again. No state, any thread.
 *
 *     number, word     5, 0.25, true, 250ms, 1MiB, off, murmur2
 *     text             as it is, without quotes
 *     list, map        [a, "b c"], {orders: Allocate}: a map is sorted by key, because its order has no meaning
 */
#ifndef GW_OPTIONS_OPTION_TEXT_H
#define GW_OPTIONS_OPTION_TEXT_H

#include "base/buffer.h"
#include "options/options.h"

#include <gangway/option.h>

#include <stdbool.h>

/* Whether the value, or an item of it, must not be shown to anyone. */
bool gw_option_is_secret(const struct gw_option *option);

/* The first of the references that is the option's, or an item's of it; NULL: it has none. Its value is not shown. */
const struct gw_option_reference *gw_option_reference_of(const struct gw_option *option,
                                                         const struct gw_option_reference *references, size_t count);

/* Appends the value in config, that of a secret too. False: the option is not set. Out of memory: the buffer has
 * failed. */
bool gw_option_append_value(const struct gw_option *option, const void *config, struct gw_buffer *buffer);

/* The path as the file writes it, where the config struct keeps that too; otherwise NULL. */
const char *gw_option_written(const struct gw_option *option, const void *config);

#endif
