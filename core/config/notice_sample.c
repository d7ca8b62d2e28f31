/* SPDX-License-Identifier: Apache-2.0 */
/* The table of samples. A text is repeated up to the length that an identifier may have. */
#include "config/notice_sample.h"

#include "json/json_writer.h"

#include <string.h>

enum { TEXT_MAX_BYTES = 255 };

struct sample {
    const char *name;
    const char *unit; /* of every text, repeated while it fits; NULL: the texts of the example */
    int64_t number;   /* of every number */
};

/* The control characters are CR LF, escape sequences of terminals, DEL and C1, also as the bytes of UTF-8. The
 * invisible ones are a byte-order mark, a zero-width space and those that turn the direction of a line around. */
static const struct sample samples[GW_NOTICE_SAMPLES] = {
    {"plausible", NULL, 0},
    {"longest", "W", INT32_MAX},
    {"quotes", "\"'`\\<>&{}[](),;:=|$%/*_~#@! ", 1},
    {"control", "\r\n.\r\n\t\x01\x1b[2J\x1b]0;x\x07\b\x7f\xc2\x85\xc2\x9b", 1},
    {"right_to_left", "\xe2\x80\xae\xd7\xa9\xd7\x9c\xd9\x85\xe2\x81\xa6\xef\xbb\xbf\xe2\x80\x8b", 1},
    {"wide", "\xf0\x9f\x92\xa1\xe5\xae\xb6\x65\xcc\x81\xc3\x9f", INT32_MAX},
    {"empty", "", 0},
};

const char *gw_notice_sample_name(size_t index)
{
    return samples[index].name;
}

/* Units are not cut, so that the text remains UTF-8; its rest is filled with full stops. */
static struct gw_text fill(const char *unit, char bytes[TEXT_MAX_BYTES])
{
    size_t len = strlen(unit);
    size_t used = 0;

    if (len == 0)
        return gw_text_of(NULL);
    for (; used + len <= TEXT_MAX_BYTES; used += len)
        memcpy(bytes + used, unit, len);
    memset(bytes + used, '.', TEXT_MAX_BYTES - used);
    return gw_text_span(bytes, TEXT_MAX_BYTES);
}

void gw_notice_sample_append(struct gw_buffer *buffer, size_t index, const struct gw_json_object *example)
{
    const struct sample *sample = &samples[index];
    bool is_example = sample->unit == NULL;
    char bytes[TEXT_MAX_BYTES];
    struct gw_text text = is_example ? gw_text_of(NULL) : fill(sample->unit, bytes);
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, 0);
    gw_json_write_open(&writer, '{');
    for (size_t i = 0; i < example->count; i++) {
        const struct gw_json_member *member = &example->members[i];

        gw_json_write_key_text(&writer, member->name);
        if (member->kind == GW_JSON_INTEGER)
            gw_json_write_int(&writer, is_example ? member->integer : sample->number);
        else
            gw_json_write_text(&writer, is_example ? member->text : text);
    }
    gw_json_write_close(&writer, '}');
}
