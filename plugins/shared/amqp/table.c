/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through an encoded table with a stack of its own. See table.h. */
#include "table.h"

#include "frame.h"
#include "library.h"

enum { LENGTH_BYTES = 4, VARIABLE = -1, NESTED = -2, UNKNOWN = -3 };

/* A table or an array that the walk is in. */
struct level {
    size_t end;
    bool has_keys;
};

struct walk {
    struct gw_text bytes;
    size_t at;
    struct level levels[RABBIT_TABLE_DEPTH_MAX];
    size_t depth;
};

/* The bytes of a value of this kind, or how its length is found. */
static int value_len(unsigned char kind)
{
    switch (kind) {
    case AMQP_FIELD_KIND_VOID:
        return 0;
    case AMQP_FIELD_KIND_BOOLEAN:
    case AMQP_FIELD_KIND_I8:
    case AMQP_FIELD_KIND_U8:
        return 1;
    case AMQP_FIELD_KIND_I16:
    case AMQP_FIELD_KIND_U16:
        return 2;
    case AMQP_FIELD_KIND_I32:
    case AMQP_FIELD_KIND_U32:
    case AMQP_FIELD_KIND_F32:
        return 4;
    case AMQP_FIELD_KIND_DECIMAL:
        return 5;
    case AMQP_FIELD_KIND_I64:
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_F64:
    case AMQP_FIELD_KIND_TIMESTAMP:
        return 8;
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
        return VARIABLE;
    case AMQP_FIELD_KIND_TABLE:
    case AMQP_FIELD_KIND_ARRAY:
        return NESTED;
    default:
        return UNKNOWN;
    }
}

/* Where the innermost table or array ends; around all of them, where the bytes end. */
static size_t end_of(const struct walk *walk)
{
    return walk->depth > 0 ? walk->levels[walk->depth - 1].end : (size_t)walk->bytes.len;
}

static bool skip(struct walk *walk, size_t len)
{
    if (len > end_of(walk) - walk->at)
        return false;
    walk->at += len;
    return true;
}

static bool take_length(struct walk *walk, size_t *ret_len)
{
    const char *at = walk->bytes.ptr + walk->at;

    if (!skip(walk, LENGTH_BYTES))
        return false;
    *ret_len = rabbit_u32(at);
    return *ret_len <= end_of(walk) - walk->at;
}

static bool enter(struct walk *walk, bool has_keys)
{
    size_t len;

    if (walk->depth == RABBIT_TABLE_DEPTH_MAX || !take_length(walk, &len))
        return false;
    walk->levels[walk->depth++] = (struct level){walk->at + len, has_keys};
    return true;
}

static bool skip_key(struct walk *walk)
{
    const char *at = walk->bytes.ptr + walk->at;

    return skip(walk, 1) && skip(walk, (unsigned char)*at);
}

static bool skip_value(struct walk *walk)
{
    const char *at = walk->bytes.ptr + walk->at;
    unsigned char kind;
    size_t len;
    int known;

    if (!skip(walk, 1))
        return false;
    kind = (unsigned char)*at;
    known = value_len(kind);
    if (known == NESTED)
        return enter(walk, kind == AMQP_FIELD_KIND_TABLE);
    if (known == VARIABLE)
        return take_length(walk, &len) && skip(walk, len);
    return known != UNKNOWN && skip(walk, (size_t)known);
}

bool rabbit_table_is_sound(struct gw_text bytes, size_t at)
{
    struct walk walk = {.bytes = bytes, .at = at};

    if (at > bytes.len || !enter(&walk, true))
        return false;
    while (walk.depth > 0) {
        const struct level *level = &walk.levels[walk.depth - 1];

        if (walk.at == level->end)
            walk.depth--;
        else if ((level->has_keys && !skip_key(&walk)) || !skip_value(&walk))
            return false;
    }
    return true;
}
