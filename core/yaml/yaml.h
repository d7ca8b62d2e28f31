/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One YAML document as a tree, with line and column of each node. Knows the syntax only, not what a key means.
 *
 * It is a strict subset of YAML: one document of at most 1 MiB, 32 levels and 20,000 nodes; no aliases, anchors, merge
 * keys or tags; scalars as keys, each once per map; strict UTF-8. So the tree is never larger than the text. Every
 * error is one line, `FILE:LINE:COLUMN: error: what is wrong, what was expected`, and shows no value of the file, which
 * may be a secret. The tree is in the caller's arena. Any thread.
 */
#ifndef GW_YAML_YAML_H
#define GW_YAML_YAML_H

#include "base/arena.h"

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    GW_YAML_MAX_BYTES = 1024 * 1024,
    GW_YAML_MAX_DEPTH = 32, /* maps and lists inside each other; the outermost is level 1 */
    GW_YAML_MAX_NODES = 20000
};

enum gw_yaml_kind { GW_YAML_SCALAR, GW_YAML_LIST, GW_YAML_MAP };

struct gw_yaml_node;

struct gw_yaml_entry {
    const struct gw_yaml_node *key; /* a scalar */
    const struct gw_yaml_node *value;
};

struct gw_yaml_node {
    enum gw_yaml_kind kind;
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters */
    bool is_plain;   /* scalar: written without quotes, which distinguishes null, true and 5 from text; `key:` is plain
                      * and empty
                      */
    struct gw_text text;                     /* scalar: unescaped, holds no NUL byte, NUL-terminated */
    uint32_t count;                          /* of items or entries */
    const struct gw_yaml_node *const *items; /* list: in the order of the file */
    const struct gw_yaml_entry *entries;     /* map: in the order of the file */
};

/* Reads text, named file_name in errors. The tree and its text are in arena, so text need not outlive the call.
 * GW_CONFIG: refused. NOMEM: out of memory or above the arena's limit. */
enum gw_status gw_yaml_parse(struct gw_arena *arena, const char *file_name, struct gw_text text,
                             const struct gw_yaml_node **ret_root, struct gw_error *reterr);

/* The same for the file at path, which must be a regular file that nobody changes meanwhile. A file that cannot be read
 * is GW_CONFIG, too, with os_error set if a system call failed. */
enum gw_status gw_yaml_read_file(struct gw_arena *arena, const char *path, const struct gw_yaml_node **ret_root,
                                 struct gw_error *reterr);

/* The value of key in map; NULL if there is none, or if map is NULL or not a map. */
const struct gw_yaml_node *gw_yaml_find(const struct gw_yaml_node *map, const char *key);

/* Sets an error of the form above for a place in file_name. Control characters become '?', so the text is one line.
 * Returns GW_CONFIG. */
GW_PRINTF(5, 6)
enum gw_status gw_yaml_error(struct gw_error *reterr, const char *file_name, uint32_t line, uint32_t column,
                             const char *format, ...);

#endif
