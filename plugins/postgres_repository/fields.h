/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that are arrays: one field of every item of an array of the port. No state. */
#ifndef POSTGRES_FIELDS_H
#define POSTGRES_FIELDS_H

#include "parameters.h"

#include <gangway/abi.h>

/* The type of a field in C. Each has one type in SQL. */
enum field_kind {
    FIELD_TEXT,    /* struct gw_text; text */
    FIELD_PROSE,   /* struct gw_text for people; text, with ? for bytes that are not text */
    FIELD_BYTES,   /* struct gw_text; bytea */
    FIELD_DIGEST,  /* 16 bytes of a digest; bytea */
    FIELD_UUID,    /* 16 bytes of a digest or an id; uuid */
    FIELD_INT8,    /* int64_t, or uint64_t with the same bits; bigint */
    FIELD_UINT4,   /* uint32_t; bigint */
    FIELD_FLAGS,   /* uint32_t with the same bits; integer */
    FIELD_ENUM,    /* uint32_t; smallint */
    FIELD_ETA,     /* int32_t; date, null for none */
    FIELD_PRODUCT, /* uint32_t, an index; integer, counted from 1 as in SQL */
    FIELD_MARK     /* mark and has_mark of a struct gw_position_change; bigint, null for none */
};

/* offset: of the field in an item. */
void parameter_field(struct parameters *parameters, const struct gw_array *items, size_t offset, enum field_kind kind);

/* The same for items that a caller picks: begin, each item, then array_end. */
void parameter_field_begin(struct parameters *parameters, enum field_kind kind);
void parameter_field_add(struct parameters *parameters, enum field_kind kind, const void *item, size_t offset);

#endif
