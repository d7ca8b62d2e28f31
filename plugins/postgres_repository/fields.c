/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: how each kind is read in C, and how it is sent to SQL. */
#include "fields.h"

#include <gangway/port/repository.h>

_Static_assert(GW_DIGEST_BYTES == 16 && GW_ID_BYTES == 16, "a uuid has 16 bytes");

static const enum parameter_type types[] = {
    [FIELD_TEXT] = PARAMETER_TEXT,    [FIELD_PROSE] = PARAMETER_TEXT, [FIELD_BYTES] = PARAMETER_BYTEA,
    [FIELD_DIGEST] = PARAMETER_BYTEA, [FIELD_INT8] = PARAMETER_INT8,  [FIELD_UINT4] = PARAMETER_INT8,
    [FIELD_FLAGS] = PARAMETER_INT4,   [FIELD_ENUM] = PARAMETER_INT2,  [FIELD_ETA] = PARAMETER_DATE,
    [FIELD_PRODUCT] = PARAMETER_INT4, [FIELD_MARK] = PARAMETER_INT8,  [FIELD_UUID] = PARAMETER_UUID,
};

static void add_text(struct parameters *parameters, const struct gw_text *text)
{
    array_text(parameters, *text);
}

static void add_prose(struct parameters *parameters, const struct gw_text *text)
{
    array_loose_text(parameters, *text);
}

static void add_mark(struct parameters *parameters, const struct gw_position_change *change)
{
    if (change->has_mark)
        array_int8(parameters, (int64_t)change->mark);
    else
        array_null(parameters);
}

void parameter_field_begin(struct parameters *parameters, enum field_kind kind)
{
    array_begin(parameters, types[kind]);
}

void parameter_field_add(struct parameters *parameters, enum field_kind kind, const void *item, size_t offset)
{
    const void *field = (const char *)item + offset;

    switch (kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
        add_text(parameters, field);
        break;
    case FIELD_PROSE:
        add_prose(parameters, field);
        break;
    case FIELD_DIGEST:
    case FIELD_UUID:
        array_bytes(parameters, field, GW_DIGEST_BYTES);
        break;
    case FIELD_INT8:
        array_int8(parameters, *(const int64_t *)field);
        break;
    case FIELD_UINT4:
        array_int8(parameters, *(const uint32_t *)field);
        break;
    case FIELD_FLAGS:
        array_int4(parameters, *(const int32_t *)field);
        break;
    case FIELD_ENUM:
        array_int2(parameters, (int16_t) * (const uint32_t *)field);
        break;
    case FIELD_ETA:
        array_eta(parameters, *(const int32_t *)field);
        break;
    case FIELD_PRODUCT:
        array_int4(parameters, (int32_t)(*(const uint32_t *)field + 1));
        break;
    case FIELD_MARK:
        add_mark(parameters, item);
        break;
    }
}

void parameter_field(struct parameters *parameters, const struct gw_array *items, size_t offset, enum field_kind kind)
{
    parameter_field_begin(parameters, kind);
    for (uint32_t i = 0; i < items->count; i++)
        parameter_field_add(parameters, kind, gw_array_at(items, i), offset);
    array_end(parameters);
}
