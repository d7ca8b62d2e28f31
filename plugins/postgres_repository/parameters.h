/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of one statement, in the server's binary format. A builder: init once, then for each statement reset
 * and each parameter in turn. The memory is kept for the next statement. parameters_judge reports what did not fit, so
 * that binding code needs no checks.
 */
#ifndef POSTGRES_PARAMETERS_H
#define POSTGRES_PARAMETERS_H

#include <gangway/error.h>
#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARAMETERS_MAX = 64 };

/* Types of array elements: their OIDs in pg_type.dat, which never change. */
enum parameter_type {
    PARAMETER_BYTEA = 17,
    PARAMETER_INT8 = 20,
    PARAMETER_INT2 = 21,
    PARAMETER_INT4 = 23,
    PARAMETER_TEXT = 25,
    PARAMETER_DATE = 1082,
    PARAMETER_UUID = 2950
};

struct parameters {
    struct gw_buffer bytes; /* of all of them; its maximum is what the server takes in one message */
    size_t offsets[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX]; /* -1: null */
    int count;
    size_t dimension; /* the offset of the open array's count; its elements are counted as they are added */
    uint32_t elements;
    size_t element;  /* the offset of the open element's length */
    bool has_values; /* an element of the open array is not null */
};

void parameters_init(struct parameters *parameters);
void parameters_reset(struct parameters *parameters);
void parameters_done(struct parameters *parameters);

/* OK; NOMEM; PERMANENT: they are more than one message to the server can have. name: of the statement. */
enum gw_status parameters_judge(const struct parameters *parameters, const char *name, struct gw_error *reterr);

/* ---- single values */
void parameter_int8(struct parameters *parameters, int64_t value);
void parameter_text(struct parameters *parameters, struct gw_text text);

/* Arrays: begin, elements, end. An array without elements, or with null elements only, is sent as null: unnest makes
 * the same rows of both, as long as another array of the call has the elements. */
void array_begin(struct parameters *parameters, enum parameter_type type);
void array_null(struct parameters *parameters);
void array_int8(struct parameters *parameters, int64_t value);
void array_int4(struct parameters *parameters, int32_t value);
void array_int2(struct parameters *parameters, int16_t value);
void array_text(struct parameters *parameters, struct gw_text text);
/* Adds unchecked text from outside: bytes that the server does not accept as text (not UTF-8, NUL) become question
 * marks. */
void array_loose_text(struct parameters *parameters, struct gw_text text);
void array_bytes(struct parameters *parameters, const void *bytes, uint64_t len);
/* Adds a date from the port's number (20261224; 0 is null). */
void array_eta(struct parameters *parameters, int32_t eta);
/* Adds an element of what is appended to parameters->bytes between these two calls. */
void array_element_begin(struct parameters *parameters);
void array_element_end(struct parameters *parameters);
void array_end(struct parameters *parameters);

#endif
