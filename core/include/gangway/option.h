/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table: how a plugin declares what its YAML block may hold. From one row the core converts the value,
 * checks its range, reports an error with file, line and column, and writes `gangway describe` and the JSON Schema.
 *
 *     struct writer_config {
 *         const char *path;
 *         int64_t max_bytes;
 *     };
 *
 *     static const struct gw_option writer_options[] = {
 *         {.name = "path", .help = "The file that events are appended to.", .type = GW_OPTION_PATH,
 *          .flags = GW_OPTION_REQUIRED | GW_OPTION_IDENTITY, .offset = offsetof(struct writer_config, path)},
 *         {.name = "max_bytes", .help = "How long it may grow.", .type = GW_OPTION_SIZE, .fallback = "1GiB",
 *          .min = 1024, .max = INT64_MAX, .offset = offsetof(struct writer_config, max_bytes)},
 *     };
 *
 * Life cycle
 *
 *   load    The loader checks the table: names, types, ranges, flags, and that each place lies inside the config
 * struct. bind    For each component the core allocates a config struct, cleared, and fills it from the file and the
 * defaults. An option that the file leaves out, and that has no default, keeps the cleared value: 0, NULL, or count 0.
 *   lint    The plugin sees the config before anything else does (gangway/plugin.h).
 *   open    The instance gets the config. It is constant from then on: a file that is read again makes another one.
 *   close   After close has returned the config is freed.
 *
 * Ownership: the table is static in the plugin. The config, and all that it points to, belongs to the core.
 *
 * Threads: a config is written before any thread of the instance starts and never after, so any thread may read it.
 */
#ifndef GANGWAY_OPTION_H
#define GANGWAY_OPTION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, number, word, C type in the config struct, what the YAML value looks like).
 * Text-like values (TEXT, SECRET, PATH, COMMAND, RECIPIENT, TEMPLATE) are NUL-terminated and hold no other NUL byte; an
 * optional one without default is NULL. DURATION is in milliseconds, SIZE in bytes. Take the type that says most: a
 * SECRET is never printed, a PATH is relative to the file that names it, a COMMAND is checked against the commands that
 * there are, a RECIPIENT makes a notice of its own, a TEMPLATE is rendered and escaped by the core.
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
    X(RECIPIENT, 13, "recipient", "const char *", "who is notified")                        \
    X(TEMPLATE, 14, "template", "const char *", "text with {field} places")

enum gw_option_type {
#define GW_OPTION_TYPE_ENUM(name, number, word, c_type, looks) GW_OPTION_##name = number,
    GW_OPTION_TYPE_LIST(GW_OPTION_TYPE_ENUM)
#undef GW_OPTION_TYPE_ENUM
};

/* Bits of gw_option.flags. */
enum {
    /* There is no default, and leaving the option out is an error. */
    GW_OPTION_REQUIRED = 1u << 0,

    /* PATH: `-` stands for standard input or output and is left as it is. */
    GW_OPTION_DASH = 1u << 1,

    /* SIZE, DURATION: `off` stands for 0, also where that is below the minimum. */
    GW_OPTION_OFF = 1u << 2,

    /* The option says what the component reads or writes: a path, brokers, a topic, a consumer group. With another
     * value it reads another source, at the position of that source, or writes elsewhere. A change of any other option
     * leaves sources and destinations as they are. `gangway describe --format json` shows the flag. */
    GW_OPTION_IDENTITY = 1u << 3,

    /* Two instances with the same value cannot run beside each other: the other side, or a lock, admits one. So of an
     * instance and its replacement with the same value the old one is closed before the new one works. An option that
     * is not set excludes nothing. Shown likewise. */
    GW_OPTION_EXCLUSIVE = 1u << 4
};

/*
 * How the values of a template's fields are escaped when the core renders it; the text around the places is the
 * operator's and stays as it is. Values come from senders and hold any bytes but NUL.
 *
 * NONE      as they are: plain text, such as the body of a mail
 * JSON      inside a JSON string: quote, backslash, control and invisible characters
 * SLACK     Slack's mrkdwn: `&`, `<` and `>` as entities, so that nobody is mentioned and no link is made
 * TERMINAL  control and invisible characters as `\u202e`, other bytes than UTF-8 as `\x9b`
 * HEADER    one line of a header, such as the subject of a mail: CR, LF and NUL become a space each, so that a value
 *           cannot begin another header
 * HTML      text and attributes in quotes of HTML: `&`, `<`, `>`, `"` and `'` as entities
 * URL       a part of a URL: percent-encoded but for letters, digits and `-._~`
 */
enum gw_escape {
    GW_ESCAPE_NONE = 0,
    GW_ESCAPE_JSON = 1,
    GW_ESCAPE_SLACK = 2,
    GW_ESCAPE_TERMINAL = 3,
    GW_ESCAPE_HEADER = 4,
    GW_ESCAPE_HTML = 5,
    GW_ESCAPE_URL = 6
};

/* A row of the table. Fields that are not set are 0 or NULL. Rows are read by their stride (gw_plugin.option_size), so
 * that a later minor version may add fields at the end. The order of the rows is that of `gangway describe`, and of
 * the rendered templates in a notice. */
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

/* The value of a LIST; of one that is left out and has no default count is 0 and items may be NULL. count
 * NUL-terminated texts, in the order of the YAML. */
struct gw_option_list {
    const char *const *items;
    uint64_t count;
};

/* One entry of a MAP. A key is there once: lint refuses a repeated one, with its line and column. */
struct gw_option_pair {
    const char *key;
    const char *value;
};

/* The value of a MAP: count pairs in the order of the YAML. */
struct gw_option_map {
    const struct gw_option_pair *items;
    uint64_t count;
};

/* A field that a command has, for a plugin that reads tables and has to know which columns are fields. The names are
 * static, and live as long as the process. */
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

#ifdef __cplusplus
}
#endif

#endif
