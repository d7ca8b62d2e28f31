/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text with placeholders for the fields of an event: `Out of stock for {sku}`. `{{` and `}}` are literal braces; every
 * other brace belongs to a placeholder. Knows only the names of fields. No state, any thread.
 */
#ifndef GW_OPTIONS_TEMPLATE_H
#define GW_OPTIONS_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"

#include <gangway/error.h>
#include <gangway/option.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

struct gw_template_piece {
    struct gw_text text; /* literal text, or the name of a field */
    bool is_field;
};

/* The pieces in their order; they borrow the parsed text. */
struct gw_template {
    const struct gw_template_piece *pieces;
    size_t count;
};

enum { GW_TEMPLATE_MAX_BYTES = 64 * 1024 };

/* INVALID: a brace that is not closed, not opened or empty, an invalid name, a text that is too long; the error names
 * the character. NOMEM. */
enum gw_status gw_template_parse(struct gw_arena *arena, struct gw_text text, struct gw_template *ret_template,
                                 struct gw_error *reterr);

/* Whether every placeholder names one of the fields. INVALID: the error names the first one that does not, the nearest
 * field and all fields. */
enum gw_status gw_template_check(const struct gw_template *parsed, const char *const *fields, size_t field_count,
                                 struct gw_error *reterr);

/* The value of a field as text; false if it has none. */
typedef bool gw_template_lookup_fn(void *context, struct gw_text field, struct gw_text *ret_value);

/* Appends the rendered text: literal text unchanged, values escaped. NOT_FOUND: a field has no value; the error names
 * it. INVALID: the text is longer than the buffer's maximum. NOMEM. */
enum gw_status gw_template_render(const struct gw_template *parsed, enum gw_escape escape,
                                  gw_template_lookup_fn *lookup, void *context, struct gw_buffer *buffer,
                                  struct gw_error *reterr);

#endif
