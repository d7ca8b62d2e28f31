/* SPDX-License-Identifier: Apache-2.0 */
/* Checks an event by the tables of the catalog: its example has the type of each field. */
#include "cli/event_file.h"

#include "base/file.h"
#include "options/hint.h"
#include "json/json_writer.h"

#include <gangway/scope.h>

#include <errno.h>
#include <unistd.h>

enum { EVENT_MAX_BYTES = 64 * 1024, NAMES_MAX = 16 };

GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

/* ---- the file --------------------------------------------------------------------------------------------------- */

static enum gw_status read_descriptor(struct gw_arena *arena, int fd, const char *path, struct gw_text *ret_text,
                                      struct gw_error *reterr)
{
    char *bytes = gw_arena_alloc(arena, EVENT_MAX_BYTES + 1);
    ssize_t len = bytes != NULL ? gw_file_read(fd, bytes, EVENT_MAX_BYTES + 1) : 0;

    if (bytes == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    if (len < 0)
        return gw_error_set_errno(reterr, GW_INVALID, errno, "%s", path);
    if (len > EVENT_MAX_BYTES)
        return gw_error_set(reterr, GW_INVALID, "%s: an event has at most %d bytes", path, EVENT_MAX_BYTES);
    *ret_text = gw_text_span(bytes, (uint64_t)len);
    return GW_OK;
}

static enum gw_status read_bytes(struct gw_arena *arena, const char *path, struct gw_text *ret_text,
                                 struct gw_error *reterr)
{
    struct stat stat;
    int fd = gw_file_open(path, &stat);
    enum gw_status status;

    if (fd < 0)
        return gw_error_set_errno(reterr, GW_INVALID, errno, "%s", path);
    status = S_ISREG(stat.st_mode) ? read_descriptor(arena, fd, path, ret_text, reterr)
                                   : gw_error_set(reterr, GW_INVALID, "%s is not a regular file", path);
    (void)close(fd);
    return status;
}

/* ---- its members ------------------------------------------------------------------------------------------------ */

static enum gw_status find_spec(const struct gw_json_object *object, const struct gw_event_spec **ret_spec,
                                struct gw_error *reterr)
{
    const struct gw_json_member *type = gw_json_find(object, "type");
    bool has_type = type != NULL && type->kind == GW_JSON_STRING;
    const char *names[NAMES_MAX];
    char hint[GW_HINT_MAX_BYTES];
    size_t known = 0;
    size_t count;
    const struct gw_event_spec *specs = gw_event_specs(&count);

    for (size_t index = 0; index < count && known < NAMES_MAX; index++) {
        if (specs[index].is_internal)
            continue;
        if (has_type && gw_text_is(type->text, specs[index].name)) {
            *ret_spec = &specs[index];
            return GW_OK;
        }
        names[known++] = specs[index].name;
    }
    (void)gw_hint(hint, has_type ? type->text : gw_text_of(NULL), names, known);
    if (!has_type)
        return gw_error_set(reterr, GW_INVALID, "'type' is missing; %s", hint);
    return gw_error_set(reterr, GW_INVALID, "no event that can be routed is called '%.*s'; %s",
                        type->text.len > 60 ? 60 : (int)type->text.len, type->text.ptr, hint);
}

static enum gw_status check_names(const struct gw_json_object *object, const struct gw_event_spec *spec,
                                  struct gw_error *reterr)
{
    const char *names[GW_EVENT_FIELDS_MAX + 2] = {"type", "id"};
    size_t count = 2;
    char hint[GW_HINT_MAX_BYTES];

    for (size_t index = 0; index < spec->field_count; index++)
        names[count++] = spec->fields[index];
    for (size_t index = 0; index < object->count; index++) {
        struct gw_text name = object->members[index].name;
        size_t known = 0;

        while (known < count && !gw_text_is(name, names[known]))
            known++;
        if (known == count)
            return gw_error_set(reterr, GW_INVALID, "%s has no field '%.*s'; %s", spec->name,
                                name.len > 60 ? 60 : (int)name.len, name.ptr, gw_hint(hint, name, names, count));
    }
    return GW_OK;
}

/* The example has the fields in the order of the domain. */
static enum gw_status write_fields(struct gw_buffer *buffer, const struct gw_json_object *object,
                                   const struct gw_event_spec *spec, const struct gw_json_object *example,
                                   struct gw_error *reterr)
{
    struct gw_json_writer writer;

    gw_json_writer_init(&writer, buffer, 0);
    gw_json_write_open(&writer, '{');
    for (size_t index = 0; index < example->count; index++) {
        const struct gw_json_member *wanted = &example->members[index];
        const struct gw_json_member *member = gw_json_find(object, spec->fields[index]);

        if (member == NULL || member->kind != wanted->kind)
            return gw_error_set(reterr, GW_INVALID, "'%s' is %s; expected %s, such as %.*s", spec->fields[index],
                                member == NULL ? "missing" : "of another type",
                                wanted->kind == GW_JSON_INTEGER ? "a whole number" : "text", (int)wanted->text.len,
                                wanted->text.ptr);
        gw_json_write_key_text(&writer, wanted->name);
        if (member->kind == GW_JSON_INTEGER)
            gw_json_write_int(&writer, member->integer);
        else
            gw_json_write_text(&writer, member->text);
    }
    gw_json_write_close(&writer, '}');
    return buffer->has_failed ? gw_error_set(reterr, GW_NOMEM, "out of memory") : GW_OK;
}

/* ---- the event -------------------------------------------------------------------------------------------------- */

/* Reads the payload, the text in the buffer, as a relay does. */
static enum gw_status read_payload(struct gw_arena *arena, struct gw_json_reader *json, const struct gw_buffer *buffer,
                                   struct gw_named_event *event, struct gw_error *reterr)
{
    const char *copy = gw_arena_copy(arena, buffer->ptr, buffer->len);
    const struct gw_json_member *sku;
    enum gw_status status;

    if (copy == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    event->payload = gw_text_span(copy, buffer->len);
    status = gw_json_read_object(json, arena, event->payload, &event->fields, reterr);
    sku = status == GW_OK ? gw_json_find(&event->fields, "sku") : NULL;
    event->sku = sku != NULL ? sku->text : gw_text_of(NULL);
    return status;
}

static enum gw_status make_event(struct gw_arena *arena, struct gw_json_reader *json, const struct gw_event_spec *spec,
                                 const struct gw_json_object *object, struct gw_named_event *ret_event,
                                 struct gw_error *reterr)
{
    const struct gw_json_member *id = gw_json_find(object, "id");
    struct gw_json_object example;
    struct gw_buffer buffer;
    enum gw_status status = gw_json_read_object(json, arena, gw_text_of(spec->example), &example, reterr);

    *ret_event = (struct gw_named_event){.spec = spec};
    if (id != NULL && id->kind == GW_JSON_STRING)
        ret_event->id = id->text;
    gw_buffer_init(&buffer, 2 * EVENT_MAX_BYTES);
    if (status == GW_OK)
        status = write_fields(&buffer, object, spec, &example, reterr);
    if (status == GW_OK)
        status = read_payload(arena, json, &buffer, ret_event, reterr);
    gw_buffer_done(&buffer);
    return status;
}

enum gw_status gw_event_file_read(struct gw_arena *arena, const char *path, struct gw_named_event *ret_event,
                                  struct gw_error *reterr)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *json = gw_json_reader_new(2 * EVENT_MAX_BYTES);
    const struct gw_event_spec *spec = NULL;
    struct gw_json_object object;
    struct gw_error error = {0};
    struct gw_text text;
    enum gw_status status = read_bytes(arena, path, &text, reterr);

    if (status != GW_OK)
        return status;
    if (json == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    status = gw_json_read_object(json, arena, text, &object, &error);
    if (status == GW_OK)
        status = find_spec(&object, &spec, &error);
    if (status == GW_OK)
        status = check_names(&object, spec, &error);
    if (status == GW_OK)
        status = make_event(arena, json, spec, &object, ret_event, &error);
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "%s: %s", path, error.text);
}

enum gw_status gw_event_file_example(struct gw_arena *arena, const struct gw_event_spec *spec,
                                     struct gw_named_event *ret_event, struct gw_error *reterr)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *json = gw_json_reader_new(2 * EVENT_MAX_BYTES);
    struct gw_json_object object;
    enum gw_status status;

    if (json == NULL)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    status = gw_json_read_object(json, arena, gw_text_of(spec->example), &object, reterr);
    return status == GW_OK ? make_event(arena, json, spec, &object, ret_event, reterr) : status;
}
