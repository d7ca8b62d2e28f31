/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the members of a JSON object strictly. The only interface to the JSON library.
 *
 * Refused anywhere in the payload: duplicate keys of an object (compared after unescaping), lone surrogates, invalid
 * UTF-8, a byte order mark, NaN and everything else that RFC 8259 does not allow, more than 32 levels (the object
 * itself is the first), anything after the object. Numbers are checked for grammar only; the caller checks their range.
 * A reader belongs to one thread at a time.
 */
#ifndef GW_JSON_JSON_H
#define GW_JSON_JSON_H

#include "base/arena.h"

#include <gangway/error.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GW_JSON_MAX_DEPTH = 32 };

enum gw_json_kind {
    GW_JSON_ABSENT = 0,
    GW_JSON_NULL,
    GW_JSON_BOOL,
    GW_JSON_INTEGER, /* digits without a point or exponent that fit into 64 bits with a sign; not -0 */
    GW_JSON_NUMBER,  /* any other number */
    GW_JSON_STRING,
    GW_JSON_ARRAY,
    GW_JSON_OBJECT
};

struct gw_json_member {
    struct gw_text name; /* unescaped; may hold NUL bytes, as may text */
    struct gw_text text; /* STRING: unescaped; all others as they are written */
    int64_t integer;     /* INTEGER */
    enum gw_json_kind kind;
    bool boolean; /* BOOL */
};

struct gw_json_object {
    const struct gw_json_member *members; /* in the order of the payload */
    size_t count;
};

struct gw_json_reader;

/* A reader of payloads up to max_bytes (below 4 GiB); NULL when out of memory. */
struct gw_json_reader *gw_json_reader_new(size_t max_bytes);
void gw_json_reader_free(struct gw_json_reader *reader);

/* Reads the JSON object payload. Members, names and texts are in arena, with a copy of the payload, so payload need not
 * outlive the call. The text of an OBJECT member can be read again with this function. INVALID: refused; the error has
 * the place ("byte 17: ...", counted from 1). NOMEM: out of memory or above the arena's limit. */
enum gw_status gw_json_read_object(struct gw_json_reader *reader, struct gw_arena *arena, struct gw_text payload,
                                   struct gw_json_object *ret_object, struct gw_error *reterr);

/* The member with this name, or NULL. */
const struct gw_json_member *gw_json_find(const struct gw_json_object *object, const char *name);

#ifdef __cplusplus
}
#endif

#endif
