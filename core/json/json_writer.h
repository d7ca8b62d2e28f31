/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON into a buffer, with commas and line breaks. The caller is responsible for the grammar: a key before each
 * value of an object, a close for each open. One thread at a time.
 */
#ifndef GW_JSON_JSON_WRITER_H
#define GW_JSON_JSON_WRITER_H

#include "base/buffer.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stdint.h>

struct gw_json_writer {
    struct gw_buffer *buffer;
    uint32_t line_levels; /* in this number of outermost levels each item gets its own line; 0: all is in one line */
    uint32_t depth;
    bool has_items; /* the innermost list or object needs a comma before the next item */
    bool has_key;   /* a value must follow */
};

void gw_json_writer_init(struct gw_json_writer *writer, struct gw_buffer *buffer, uint32_t line_levels);

/* bracket is `{` or `[`, and `}` or `]`. The last close of a document with line_levels is followed by a newline. */
void gw_json_write_open(struct gw_json_writer *writer, char bracket);
void gw_json_write_close(struct gw_json_writer *writer, char bracket);

void gw_json_write_key(struct gw_json_writer *writer, const char *key);
void gw_json_write_key_text(struct gw_json_writer *writer, struct gw_text key);

/* NULL is written as null. */
void gw_json_write_string(struct gw_json_writer *writer, const char *string);
void gw_json_write_text(struct gw_json_writer *writer, struct gw_text text);
void gw_json_write_int(struct gw_json_writer *writer, int64_t value);
void gw_json_write_bool(struct gw_json_writer *writer, bool value);

/* A key with its value. */
void gw_json_write_string_at(struct gw_json_writer *writer, const char *key, const char *string);
void gw_json_write_int_at(struct gw_json_writer *writer, const char *key, int64_t value);
void gw_json_write_bool_at(struct gw_json_writer *writer, const char *key, bool value);
void gw_json_write_open_at(struct gw_json_writer *writer, const char *key, char bracket);

/* Writes a value that already is JSON. */
void gw_json_write_raw(struct gw_json_writer *writer, const char *json);

/* Appends a JSON string, its quotes included, to text that is no JSON. The bytes are read as UTF-8; each invalid byte
 * becomes U+FFFD. */
void gw_json_append_string(struct gw_buffer *buffer, struct gw_text text);

#endif
