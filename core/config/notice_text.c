/* SPDX-License-Identifier: Apache-2.0 */
/* Renders templates from the fields of a payload. Knows escapes and fields, and no notifier. */
#include "config/notice_text.h"

#include "options/template.h"

static bool find_field(void *context, struct gw_text field, struct gw_text *ret_value)
{
    const struct gw_json_object *object = context;

    for (size_t index = 0; index < object->count; index++) {
        if (!gw_text_equal(object->members[index].name, field))
            continue;
        *ret_value = object->members[index].text;
        return true;
    }
    return false;
}

/* Copies what is in the buffer. */
static enum gw_status take_text(const struct gw_notice_renderer *renderer, struct gw_text *ret_text)
{
    const struct gw_buffer *buffer = renderer->buffer;
    const char *copy = buffer->has_failed ? NULL : gw_arena_copy(renderer->arena, buffer->ptr, buffer->len);

    *ret_text = gw_text_span(copy, copy != NULL ? buffer->len : 0);
    return copy != NULL ? GW_OK : GW_NOMEM;
}

enum gw_status gw_notice_render(const struct gw_notice_renderer *renderer,
                                const struct gw_notifier_template *template_option, const struct gw_event_spec *event,
                                const struct gw_json_object *fields, struct gw_text *ret_text, struct gw_error *reterr)
{
    struct gw_text text = gw_text_of(gw_notifier_template_text(template_option, event));
    struct gw_json_object lookup = *fields;
    struct gw_template parsed;
    enum gw_status status = gw_template_parse(renderer->arena, text, &parsed, reterr);

    gw_buffer_reset(renderer->buffer);
    if (status == GW_OK)
        status = gw_template_check(&parsed, event->fields, event->field_count, reterr);
    if (status == GW_OK)
        status = gw_template_render(&parsed, template_option->escape, find_field, &lookup, renderer->buffer, reterr);
    if (status == GW_OK && take_text(renderer, ret_text) != GW_OK)
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    return status;
}

/* Lint has checked the template against the events of the file. A row of an older configuration may still not fit. */
static enum gw_status text_or_payload(const struct gw_notice_renderer *renderer,
                                      const struct gw_notifier_template *template_option,
                                      const struct gw_noticed_event *event, const struct gw_json_object *fields,
                                      struct gw_text *ret_text)
{
    const struct gw_event_spec *spec = gw_event_spec_find(event->type);
    enum gw_status status = GW_NOT_FOUND;

    if (spec != NULL)
        status = gw_notice_render(renderer, template_option, spec, fields, ret_text, NULL);
    if (status == GW_OK || status == GW_NOMEM)
        return status;
    gw_buffer_reset(renderer->buffer);
    gw_buffer_append(renderer->buffer, event->payload.ptr, (size_t)event->payload.len);
    return take_text(renderer, ret_text);
}

enum gw_status gw_notice_render_all(const struct gw_notice_renderer *renderer, const struct gw_component *notifier,
                                    const struct gw_noticed_event *event, struct gw_array *ret_rendered)
{
    struct gw_rendered *rendered = gw_arena_alloc(renderer->arena, (notifier->template_count + 1) * sizeof *rendered);
    struct gw_json_object fields = {0};
    enum gw_status status = gw_json_read_object(renderer->json, renderer->arena, event->payload, &fields, NULL);

    if (rendered == NULL || status == GW_NOMEM)
        return GW_NOMEM;
    for (size_t index = 0; index < notifier->template_count; index++) {
        const struct gw_notifier_template *template_option = &notifier->templates[index];

        rendered[index].name = gw_text_of(template_option->name);
        status = text_or_payload(renderer, template_option, event, &fields, &rendered[index].text);
        if (status != GW_OK)
            return status;
    }
    *ret_rendered = (struct gw_array){rendered, (uint32_t)notifier->template_count, sizeof *rendered};
    return GW_OK;
}

/* ---- checks ----------------------------------------------------------------------------------------------------- */

/* The first byte that is no white space; NUL: there is none. */
static char first_byte(struct gw_text text)
{
    uint64_t at = 0;

    while (at < text.len &&
           (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\r' || text.ptr[at] == '\n'))
        at++;
    return (char)(at < text.len ? text.ptr[at] : '\0');
}

bool gw_notice_text_is_document(const struct gw_notifier_template *template_option, struct gw_text text)
{
    char first = first_byte(text);

    return template_option->escape == GW_ESCAPE_JSON && (first == '{' || first == '[');
}

/* The reader reads objects only, so a list is read as the member of one. */
static enum gw_status check_list(const struct gw_notice_renderer *renderer, struct gw_text text,
                                 struct gw_error *reterr)
{
    static const char head[] = "{\"\":";
    struct gw_json_object object;
    struct gw_error error = {0};
    enum gw_status status;

    gw_buffer_reset(renderer->buffer);
    gw_buffer_append_string(renderer->buffer, head);
    gw_buffer_append(renderer->buffer, text.ptr, (size_t)text.len);
    gw_buffer_append_byte(renderer->buffer, '}');
    if (renderer->buffer->has_failed)
        return gw_error_set(reterr, renderer->buffer->is_too_long ? GW_INVALID : GW_NOMEM, "the text is too long");
    status = gw_json_read_object(renderer->json, renderer->arena, gw_buffer_text(renderer->buffer), &object, &error);
    if (status == GW_OK && object.count != 1)
        status = gw_error_set(&error, GW_INVALID, "it has more than one value");
    if (status == GW_OK)
        return GW_OK;
    return gw_error_set(reterr, status, "the text is no JSON: %s (its first byte is byte %zu)", error.text,
                        sizeof head);
}

static enum gw_status check_document(const struct gw_notice_renderer *renderer, struct gw_text text, bool is_list,
                                     struct gw_error *reterr)
{
    struct gw_json_object object;
    struct gw_error error = {0};
    enum gw_status status;

    if (is_list)
        return check_list(renderer, text, reterr);
    status = gw_json_read_object(renderer->json, renderer->arena, text, &object, &error);
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "the text is no JSON: %s", error.text);
}

enum gw_status gw_notice_text_check(const struct gw_notice_renderer *renderer,
                                    const struct gw_notifier_template *template_option, struct gw_text text,
                                    struct gw_error *reterr)
{
    if (gw_notice_text_is_document(template_option, text))
        return check_document(renderer, text, first_byte(text) == '[', reterr);
    for (uint64_t at = 0; template_option->escape == GW_ESCAPE_HEADER && at < text.len; at++)
        if (text.ptr[at] == '\r' || text.ptr[at] == '\n')
            return gw_error_set(reterr, GW_INVALID, "a header is one line; expected text without a line end");
    return GW_OK;
}
