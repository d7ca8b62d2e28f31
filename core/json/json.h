/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a JSON object, read strictly: what a message's payload is before anybody asks what it means. Hides
 * the JSON library from everybody else.
 *
 * Refused anywhere in the payload: a key that appears twice in its object (compared after unescaping), a lone
 * surrogate, invalid UTF-8, a byte order mark, NaN and everything else that RFC 8259 does not know, more than 32 levels
 * (the object itself is the first), anything behind the value. Numbers are checked for grammar only: how large one may
 * be is a question for whoever reads its member. A reader belongs to one thread at a time.
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

/* A reader of payloads up to max_bytes (below 4 GiB); NULL when memory ran out. */
struct gw_json_reader *gw_json_reader_new(size_t max_bytes);
void gw_json_reader_free(struct gw_json_reader *reader);

/* Reads payload, a JSON object, whole. Members, names and texts are in arena, with a copy of the payload: payload
 * itself need not outlive the call. The text of an OBJECT member can be read again with this function. INVALID:
 * refused, with the place ("byte 17: ...", counted from 1); NOMEM: memory or the arena's limit ran out. */
enum gw_status gw_json_read_object(struct gw_json_reader *reader, struct gw_arena *arena, struct gw_text payload,
                                   struct gw_json_object *ret_object, struct gw_error *reterr);

/* The member called name; NULL when there is none. */
const struct gw_json_member *gw_json_find(const struct gw_json_object *object, const char *name);

#ifdef __cplusplus
}
#endif

#endif
