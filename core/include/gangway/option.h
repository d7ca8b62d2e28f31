/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table: how a plugin declares what its YAML block may hold. The core converts, checks ranges, reports
 * errors with file, line and column, prints `gangway describe` and the JSON Schema from it, and fills the plugin's
 * config struct before open is called. The config and all that it points to belong to the core and live until close
 * has returned.
 */
#ifndef GANGWAY_OPTION_H
#define GANGWAY_OPTION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, number, word, C type in the config struct, what the YAML value looks like).
 * Text-like values are NUL-terminated and hold no other NUL byte; an optional one without default is NULL.
 */
#define GW_OPTION_TYPE_LIST(X)                                                              \
    X(BOOL, 1, "bool", "uint32_t", "true or false")                                         \
    X(INT, 2, "int", "int64_t", "a whole number")                                           \
    X(FLOAT, 3, "float", "double", "a number")                                              \
    X(DURATION, 4, "duration", "int64_t", "a duration with a unit: 250ms, 10s, 5m, 2h, 7d") \
    X(SIZE, 5, "size", "int64_t", "a size with a unit: 512B, 64KiB, 1MiB, 2GiB, 1kB, 1MB")  \
    X(TEXT, 6, "text", "const char *", "text")                                              \
    X(SECRET, 7, "secret", "const char *", "a secret, best as {env: NAME} or {file: PATH}") \
    X(PATH, 8, "path", "const char *", "a path, relative to the file that names it")        \
    X(CHOICE, 9, "choice", "uint32_t", "one of the choices")                                \
    X(LIST, 10, "list", "struct gw_option_list", "a list")                                  \
    X(MAP, 11, "map", "struct gw_option_map", "a map")                                      \
    X(COMMAND, 12, "command", "const char *", "the name of a command, or auto")             \
    X(RECIPIENT, 13, "recipient", "const char *", "who is told")                            \
    X(TEMPLATE, 14, "template", "const char *", "text with {field} places")

enum gw_option_type {
#define GW_OPTION_TYPE_ENUM(name, number, word, c_type, looks) GW_OPTION_##name = number,
    GW_OPTION_TYPE_LIST(GW_OPTION_TYPE_ENUM)
#undef GW_OPTION_TYPE_ENUM
};

enum {
    GW_OPTION_REQUIRED = 1u << 0, /* there is no default, and leaving it out is an error */
    GW_OPTION_DASH = 1u << 1,     /* PATH: `-` stands for standard input or output and is left as it is */
    GW_OPTION_OFF = 1u << 2       /* SIZE, DURATION: `off` stands for 0, also where that is below the minimum */
};

/* How the values of a template's fields are escaped when the core renders it. */
enum gw_escape { GW_ESCAPE_NONE = 0, GW_ESCAPE_JSON = 1, GW_ESCAPE_SLACK = 2, GW_ESCAPE_TERMINAL = 3 };

struct gw_option {
    const char *name;     /* lower case, words joined by `_` */
    const char *help;     /* one sentence for an operator; never NULL */
    const char *fallback; /* the default as it would stand in the YAML; NULL: none */
    const char *choices;  /* CHOICE: the words, joined by `|`; the config gets the index, from 0. Else NULL */
    int64_t min;          /* INT, DURATION (ms), SIZE (bytes); LIST and MAP: how many; TEXT-like: bytes */
    int64_t max;          /* 0 together with min 0: no limit but the type's */
    uint32_t type;        /* enum gw_option_type */
    uint32_t item_type;   /* LIST and MAP: the type of the items, one of the text-like ones; else 0 */
    uint32_t flags;       /* GW_OPTION_... */
    uint32_t escape;      /* TEMPLATE: enum gw_escape */
    uint32_t offset;      /* offsetof in the config struct */
    uint32_t written;     /* PATH: offsetof of a `const char *` that gets the path as the file writes it, for a name
                             that must not change with the folder. COMMAND: offsetof of a `struct gw_option_fields` that
                             gets the fields of that command. 0: not wanted */
};

/* count NUL-terminated texts. */
struct gw_option_list {
    const char *const *items;
    uint64_t count;
};

struct gw_option_pair {
    const char *key;
    const char *value;
};

/* A field that a command has. */
struct gw_option_field {
    const char *name;
    const char *alias;    /* another name that is accepted; NULL: none */
    uint32_t is_required; /* 1: a message without it is refused */
    uint32_t reserved;
};

/* The fields of one command; with `auto` those of all commands, and `type`, which is then the only required one. */
struct gw_option_fields {
    const struct gw_option_field *items;
    uint64_t count;
};

/* count pairs in the order of the YAML. */
struct gw_option_map {
    const struct gw_option_pair *items;
    uint64_t count;
};

#ifdef __cplusplus
}
#endif

#endif
