/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: any bytes are an object or refused; what it hands out is UTF-8, unique and can be read again. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/text.h"
#include "json/json.h"

#include <inttypes.h>

static void check_member(struct gw_json_reader *reader, struct gw_arena *arena, const struct gw_json_member *member)
{
    struct gw_json_object inner;
    char digits[32];

    fuzz_promise(gw_utf8_is_valid(member->name.ptr, member->name.len));
    fuzz_promise(gw_utf8_is_valid(member->text.ptr, member->text.len));
    fuzz_promise(member->kind != GW_JSON_ABSENT);
    if (member->kind == GW_JSON_INTEGER) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, member->integer);
        fuzz_promise(gw_text_is(member->text, digits));
    }
    if (member->kind == GW_JSON_ARRAY)
        fuzz_promise(member->text.ptr[0] == '[' && member->text.ptr[member->text.len - 1] == ']');
    if (member->kind == GW_JSON_OBJECT)
        fuzz_promise(gw_json_read_object(reader, arena, member->text, &inner, NULL) == GW_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct gw_json_reader *reader; /* kept, as a worker keeps it: one payload must not change the next */
    struct gw_arena *arena = gw_arena_new(64 * 1024 * 1024);
    struct gw_text payload = gw_text_span((const char *)bytes, len);
    struct gw_json_object object = {0};
    struct gw_error error = {0};
    enum gw_status status;

    if (reader == NULL)
        reader = gw_json_reader_new(1024 * 1024);
    fuzz_promise(reader != NULL && arena != NULL);
    status = gw_json_read_object(reader, arena, payload, &object, &error);
    fuzz_promise(status == GW_OK || (status == GW_INVALID && error.text[0] != '\0'));
    for (size_t i = 0; i < object.count; i++) {
        check_member(reader, arena, &object.members[i]);
        for (size_t before = 0; before < i && i < 100; before++)
            fuzz_promise(!gw_text_equal(object.members[i].name, object.members[before].name));
    }
    gw_arena_free(arena);
    return 0;
}
