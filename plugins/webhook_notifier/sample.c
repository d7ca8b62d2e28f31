/* SPDX-License-Identifier: Apache-2.0 */
/* A template with a digit in each place, read by Jansson. See sample.h. */
#include "sample.h"

#include <gangway/sdk/buffer.h>

#include <jansson.h>
#include <string.h>

static void append_sample(struct gw_buffer *sample, const char *body)
{
    while (*body != '\0') {
        if (body[0] == '{' && body[1] != '{') {
            gw_buffer_append_byte(sample, '0');
            body += strcspn(body, "}");
        } else {
            gw_buffer_append_byte(sample, *body);
            body += (body[0] == '{' || body[0] == '}') && body[1] == body[0];
        }
        body += *body != '\0';
    }
}

enum gw_status sample_check(const char *body, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;
    struct gw_buffer sample;
    json_error_t error;
    json_t *value;

    gw_buffer_init(&sample, SIZE_MAX);
    append_sample(&sample, body);
    value = json_loadb(sample.len > 0 ? sample.ptr : "", sample.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (sample.has_failed || (value == NULL && json_error_code(&error) == json_error_out_of_memory))
        status = gw_error_set(reterr, GW_NOMEM, "no memory to read a template");
    else if (value == NULL)
        status =
            gw_error_set(reterr, GW_CONFIG, "is no JSON: line %d, column %d: %s", error.line, error.column, error.text);
    json_decref(value);
    gw_buffer_done(&sample);
    return status;
}
