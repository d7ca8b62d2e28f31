/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `{env: NAME}` and `{file: PATH}` in place of a scalar: where a secret is, instead of what it is. Found in the tree
 * and resolved there, never by text substitution, so a value can never become syntax. Errors show the name or path,
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

/* Whether node is a map of exactly one entry, `env` or `file`, and that a scalar. */
bool gw_reference_is(const struct gw_yaml_node *node);

/* As it stands in the file, `{env: NAME}`; NULL when memory ran out. */
const char *gw_reference_text(struct gw_arena *arena, const struct gw_yaml_node *node);

/* Whether the variable is set, or the file is there. A relative path is seen from folder. NOT_FOUND: it is not. */
enum gw_status gw_reference_look(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                 struct gw_error *reterr);

/* A line end, blank or mark at an end of a value that hardly belongs to it, in words that follow `the value`: `ends
 * with a line end (LF)`; NULL: nothing. Static storage; says nothing of the value. */
const char *gw_reference_flaw(struct gw_text value);

/* The value, NUL-terminated in arena: the variable's, or the file's content without one LF or CR LF at its end.
 * NOT_FOUND: there is none; CONFIG: a file that cannot be read, is too large or no text; NOMEM. */
enum gw_status gw_reference_resolve(struct gw_arena *arena, const char *folder, const struct gw_yaml_node *node,
                                    struct gw_text *ret_value, struct gw_error *reterr);

#endif
