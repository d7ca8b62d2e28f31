/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters: one buffer with the bytes of all of them, in the formats of the server's *recv functions. A value that
 * the server's type cannot represent is sent as one that the server refuses, so that the statement fails, and not the
 * builder.
 */
#include "parameters.h"

#include "calendar.h"

#include <gangway/sdk/utf8.h>

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* The server accepts messages below one gigabyte; libpq needs a part of that. */
enum { BYTES_MAX = (1 << 30) - (1 << 16) };
enum { NULL_LENGTH = -1 };

/* Constants of the binary format of an array. */
enum { ARRAY_DIMENSIONS = 1, ARRAY_LOWER_BOUND = 1, ARRAY_HAS_NULLS = 1 };

void parameters_init(struct parameters *parameters)
{
    *parameters = (struct parameters){0};
    gw_buffer_init(&parameters->bytes, BYTES_MAX);
}

void parameters_reset(struct parameters *parameters)
{
    gw_buffer_reset(&parameters->bytes);
    parameters->count = 0;
}

enum gw_status parameters_judge(const struct parameters *parameters, const char *name, struct gw_error *reterr)
{
    if (parameters->bytes.is_too_long)
        return gw_error_set(reterr, GW_PERMANENT,
                            "the parameters of %s are longer than the %d MiB that the server takes in one message",
                            name, BYTES_MAX >> 20);
    if (parameters->bytes.has_failed)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the parameters of %s", name);
    return GW_OK;
}

void parameters_done(struct parameters *parameters)
{
    gw_buffer_done(&parameters->bytes);
}

/* ---- the buffer ------------------------------------------------------------------------------------------------ */

/* Extends the buffer by this number of bytes. NULL: no memory. */
static char *extend(struct parameters *parameters, size_t len)
{
    char *at = gw_buffer_reserve(&parameters->bytes, len);

    if (at != NULL)
        gw_buffer_advance(&parameters->bytes, len);
    return at;
}

static void write_int4(char *at, int32_t value)
{
    uint32_t bytes = htobe32((uint32_t)value);

    memcpy(at, &bytes, sizeof bytes);
}

static void write_int8(char *at, int64_t value)
{
    uint64_t bytes = htobe64((uint64_t)value);

    memcpy(at, &bytes, sizeof bytes);
}

static void put_int4(struct parameters *parameters, int32_t value)
{
    char *at = extend(parameters, sizeof value);

    if (at != NULL)
        write_int4(at, value);
}

static void put_int8(struct parameters *parameters, int64_t value)
{
    char *at = extend(parameters, sizeof value);

    if (at != NULL)
        write_int8(at, value);
}

/* ---- single values --------------------------------------------------------------------------------------------- */

static void begin(struct parameters *parameters)
{
    if (parameters->count == PARAMETERS_MAX)
        abort(); /* no statement of this plugin has so many */
    parameters->offsets[parameters->count] = parameters->bytes.len;
}

static void end(struct parameters *parameters)
{
    parameters->lengths[parameters->count] = (int)(parameters->bytes.len - parameters->offsets[parameters->count]);
    parameters->count++;
}

void parameter_int8(struct parameters *parameters, int64_t value)
{
    begin(parameters);
    put_int8(parameters, value);
    end(parameters);
}

void parameter_text(struct parameters *parameters, struct gw_text text)
{
    begin(parameters);
    gw_buffer_append(&parameters->bytes, text.ptr, (size_t)text.len);
    end(parameters);
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

void array_begin(struct parameters *parameters, enum parameter_type type)
{
    begin(parameters);
    put_int4(parameters, ARRAY_DIMENSIONS);
    put_int4(parameters, ARRAY_HAS_NULLS); /* the server checks it itself */
    put_int4(parameters, (int32_t)type);
    parameters->dimension = parameters->bytes.len;
    parameters->elements = 0;
    parameters->has_values = false;
    put_int4(parameters, 0);
    put_int4(parameters, ARRAY_LOWER_BOUND);
}

void array_null(struct parameters *parameters)
{
    put_int4(parameters, NULL_LENGTH);
    parameters->elements++;
}

/* Adds the length of the next element, and returns the place for its bytes. */
static char *extend_by_element(struct parameters *parameters, uint64_t len)
{
    char *at = extend(parameters, sizeof(int32_t) + (size_t)len);

    parameters->elements++;
    parameters->has_values = true;
    if (at == NULL)
        return NULL;
    write_int4(at, (int32_t)len);
    return at + sizeof(int32_t);
}

void array_int8(struct parameters *parameters, int64_t value)
{
    char *at = extend_by_element(parameters, sizeof value);

    if (at != NULL)
        write_int8(at, value);
}

void array_int4(struct parameters *parameters, int32_t value)
{
    char *at = extend_by_element(parameters, sizeof value);

    if (at != NULL)
        write_int4(at, value);
}

void array_int2(struct parameters *parameters, int16_t value)
{
    uint16_t bytes = htobe16((uint16_t)value);
    char *at = extend_by_element(parameters, sizeof bytes);

    if (at != NULL)
        memcpy(at, &bytes, sizeof bytes);
}

void array_bytes(struct parameters *parameters, const void *bytes, uint64_t len)
{
    char *at = extend_by_element(parameters, len);

    if (at != NULL && len > 0)
        memcpy(at, bytes, (size_t)len);
}

void array_text(struct parameters *parameters, struct gw_text text)
{
    array_bytes(parameters, text.ptr, text.len);
}

void array_loose_text(struct parameters *parameters, struct gw_text text)
{
    unsigned char *at;
    unsigned char *end;

    array_text(parameters, text);
    if (parameters->bytes.has_failed)
        return;
    end = (unsigned char *)parameters->bytes.ptr + parameters->bytes.len;
    for (at = end - text.len; at < end;) {
        uint64_t len = *at != 0 ? gw_utf8_sequence((const char *)at, (uint64_t)(end - at)) : 0;

        if (len == 0)
            *at = '?';
        at += len > 0 ? len : 1;
    }
}

void array_eta(struct parameters *parameters, int32_t eta)
{
    if (eta == 0)
        array_null(parameters);
    else
        array_int4(parameters, calendar_date(eta));
}

void array_element_begin(struct parameters *parameters)
{
    parameters->element = parameters->bytes.len;
    parameters->elements++;
    parameters->has_values = true;
    put_int4(parameters, 0);
}

void array_element_end(struct parameters *parameters)
{
    size_t len = parameters->bytes.len - parameters->element - sizeof(int32_t);

    if (!parameters->bytes.has_failed)
        write_int4(parameters->bytes.ptr + parameters->element, (int32_t)len);
}

void array_end(struct parameters *parameters)
{
    if (!parameters->has_values) {
        gw_buffer_truncate(&parameters->bytes, parameters->offsets[parameters->count]);
        parameters->lengths[parameters->count++] = NULL_LENGTH;
        return;
    }
    if (!parameters->bytes.has_failed)
        write_int4(parameters->bytes.ptr + parameters->dimension, (int32_t)parameters->elements);
    end(parameters);
}
