/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `{env: NAME}` and `{file: PATH}` in place of a scalar: the place of a secret instead of its value. References are
 * resolved in the tree, never by text substitution, so a value cannot become syntax. Errors show the name or path,
 * never the value. Main thread.
 */
#ifndef GW_OPTIONS_REFERENCE_H
#define GW_OPTIONS_REFERENCE_H

#include "base/arena.h"
#include "yaml/yaml.h"

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>

enum { GW_REFERENCE_MAX_BYTES = 64 * 1024 };

/* Whether node is a map with exactly one entry, `env` or `file`, whose value is a scalar. */
bool gw_reference_is(const struct gw_yaml_node *node);

/* The reference as written in the file, `{env: NAME}`; NULL when out of memory. */
const char *gw_reference_text(struct gw_arena *arena, const struct gw_yaml_node *node);

/* Whether the variable is set or the file exists; paths are relative to folder. NOT_FOUND: it is not. */
enum gw_status gw_reference_look(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                 struct gw_error *reterr);

/* A text about a line end, blank or byte-order mark at an end of a value, which probably is no part of it: `ends with a
 * line end (LF)`, to follow `the value`. NULL: there is none. Static storage; does not show the value. */
const char *gw_reference_flaw(struct gw_text value);

/* The value, NUL-terminated in arena: that of the variable, or the contents of the file without one LF or CR LF at the
 * end. NOT_FOUND: there is none. CONFIG: the file cannot be read, is too large or is no text. NOMEM. */
enum gw_status gw_reference_resolve(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                    struct gw_text *ret_value, struct gw_error *reterr);

#endif
