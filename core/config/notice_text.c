/* SPDX-License-Identifier: Apache-2.0 */
/* Renders templates from the fields of a payload. Knows escapes and fields, and no notifier. */
#include "config/notice_text.h"

#include "options/template.h"

#include <stdio.h>

/* What the places of a template are filled with. */
struct values {
    const struct gw_notice_renderer *renderer;
    const struct gw_event_spec *event;
    const struct gw_json_object *fields; /* of the first event */
    const struct gw_array *events;       /* of struct gw_noticed_event; NULL: the event with these fields */
    char count[16];
    uint32_t unlisted;  /* how many events the notice is about but does not list */
    bool tells_of_them; /* `{lines}` ends with their number */
    bool has_failed;    /* no memory */
};

size_t gw_notice_fields(const struct gw_event_spec *event, const struct gw_notifier_template *template_option,
                        const char *ret_fields[GW_NOTICE_FIELDS_MAX])
{
    size_t count = 0;

    for (; count < event->field_count; count++)
        ret_fields[count] = event->fields[count];
    ret_fields[count++] = template_option->is_published ? "type" : "count";
    if (!template_option->is_published && template_option->escape != GW_ESCAPE_HEADER)
        ret_fields[count++] = "lines";
    return count;
}

static bool find_in(const struct gw_json_object *object, struct gw_text field, struct gw_text *ret_value)
{
    for (size_t index = 0; index < object->count; index++) {
        if (!gw_text_equal(object->members[index].name, field))
            continue;
        *ret_value = object->members[index].text;
        return true;
    }
    return false;
}

static bool find_in_object(void *context, struct gw_text field, struct gw_text *ret_value)
{
    return find_in(context, field, ret_value);
}

/* ---- {lines} */

/* Appends the default text of an event. OK; NOMEM; any other status: it does not fit the event. */
static enum gw_status append_default(const struct gw_notice_renderer *renderer, const struct gw_event_spec *event,
                                     const struct gw_json_object *fields, struct gw_buffer *buffer)
{
    struct gw_json_object lookup = *fields;
    struct gw_template parsed;
    enum gw_status status = gw_template_parse(renderer->arena, gw_text_of(event->default_text), &parsed, NULL);

    if (status == GW_OK)
        status = gw_template_render(&parsed, GW_ESCAPE_NONE, find_in_object, &lookup, buffer, NULL);
    return status;
}

/* The default text of one event; its fields where that does not fit, because the event is of an older version. */
static enum gw_status append_event(const struct gw_notice_renderer *renderer, const struct gw_noticed_event *event,
                                   struct gw_buffer *buffer)
{
    const struct gw_event_spec *spec = gw_event_spec_find(event->type);
    size_t begin = buffer->len;
    struct gw_json_object fields = {0};
    enum gw_status status = gw_json_read_object(renderer->json, renderer->arena, event->payload, &fields, NULL);

    if (status == GW_OK)
        status = spec != NULL ? append_default(renderer, spec, &fields, buffer) : GW_NOT_FOUND;
    if (status == GW_OK || status == GW_NOMEM)
        return status;
    buffer->len = begin;
    gw_buffer_append(buffer, event->payload.ptr, (size_t)event->payload.len);
    return GW_OK;
}

static enum gw_status append_lines(const struct values *values, struct gw_buffer *buffer)
{
    enum gw_status status = GW_OK;

    if (values->events == NULL)
        return append_default(values->renderer, values->event, values->fields, buffer);
    for (uint32_t index = 0; index < values->events->count && status == GW_OK; index++) {
        if (index > 0)
            gw_buffer_append_byte(buffer, '\n');
        status = append_event(values->renderer, gw_array_at(values->events, index), buffer);
    }
    if (values->tells_of_them && values->unlisted > 0)
        gw_buffer_append_format(buffer, "\nand %u more", values->unlisted);
    return status;
}

/* The renderer's buffer is in use meanwhile. */
static bool write_lines(struct values *values, struct gw_text *ret_value)
{
    struct gw_buffer buffer;
    const char *copy = NULL;

    gw_buffer_init(&buffer, GW_NOTICE_TEXT_MAX_BYTES);
    if (append_lines(values, &buffer) == GW_OK && !buffer.has_failed)
        copy = gw_arena_copy(values->renderer->arena, buffer.ptr, buffer.len);
    *ret_value = gw_text_span(copy, copy != NULL ? buffer.len : 0);
    gw_buffer_done(&buffer);
    values->has_failed |= copy == NULL;
    return copy != NULL;
}

static bool find_value(void *context, struct gw_text field, struct gw_text *ret_value)
{
    struct values *values = context;

    if (find_in(values->fields, field, ret_value))
        return true;
    if (gw_text_is(field, "lines"))
        return write_lines(values, ret_value);
    if (gw_text_is(field, "type")) {
        *ret_value = gw_text_of(values->event->name);
        return true;
    }
    *ret_value = gw_text_of(values->count);
    return gw_text_is(field, "count");
}

/* ---- texts */

/* Copies what is in the buffer. */
static enum gw_status take_text(const struct gw_notice_renderer *renderer, struct gw_text *ret_text)
{
    const struct gw_buffer *buffer = renderer->buffer;
    const char *copy = buffer->has_failed ? NULL : gw_arena_copy(renderer->arena, buffer->ptr, buffer->len);

    *ret_text = gw_text_span(copy, copy != NULL ? buffer->len : 0);
    return copy != NULL ? GW_OK : GW_NOMEM;
}

/* The template; without one the event's default text, which of several events is that of each, where lines fit. */
static struct gw_text template_text(struct values *values, const struct gw_notifier_template *template_option)
{
    const char *text = gw_notifier_template_text(template_option, values->event);
    bool has_several = values->events != NULL && values->events->count + values->unlisted > 1;

    values->tells_of_them =
        template_option->text == NULL && text[0] != '\0' && has_several && template_option->escape != GW_ESCAPE_HEADER;
    return gw_text_of(values->tells_of_them ? "{lines}" : text);
}

static enum gw_status render(struct values *values, const struct gw_notifier_template *template_option,
                             struct gw_text *ret_text, struct gw_error *reterr)
{
    const struct gw_notice_renderer *renderer = values->renderer;
    struct gw_text text = template_text(values, template_option);
    const char *fields[GW_NOTICE_FIELDS_MAX];
    size_t count = gw_notice_fields(values->event, template_option, fields);
    struct gw_template parsed;
    enum gw_status status = gw_template_parse(renderer->arena, text, &parsed, reterr);

    gw_buffer_reset(renderer->buffer);
    if (status == GW_OK)
        status = gw_template_check(&parsed, fields, count, reterr);
    if (status == GW_OK)
        status = gw_template_render(&parsed, template_option->escape, find_value, values, renderer->buffer, reterr);
    if (values->has_failed || (status == GW_OK && take_text(renderer, ret_text) != GW_OK))
        return gw_error_set(reterr, GW_NOMEM, "out of memory");
    return status;
}

enum gw_status gw_notice_render(const struct gw_notice_renderer *renderer,
                                const struct gw_notifier_template *template_option, const struct gw_event_spec *event,
                                const struct gw_json_object *fields, struct gw_text *ret_text, struct gw_error *reterr)
{
    struct values values = {.renderer = renderer, .event = event, .fields = fields, .count = "1"};

    return render(&values, template_option, ret_text, reterr);
}

/* Lint has checked the template against the events of the file. A row of an older configuration may still not fit. */
static enum gw_status text_or_payload(struct values *values, const struct gw_notifier_template *template_option,
                                      struct gw_text payload, struct gw_text *ret_text)
{
    const struct gw_notice_renderer *renderer = values->renderer;
    enum gw_status status = GW_NOT_FOUND;

    if (values->event != NULL)
        status = render(values, template_option, ret_text, NULL);
    if (status == GW_OK || status == GW_NOMEM)
        return status;
    gw_buffer_reset(renderer->buffer);
    gw_buffer_append(renderer->buffer, payload.ptr, (size_t)payload.len);
    return take_text(renderer, ret_text);
}

enum gw_status gw_notice_render_all(const struct gw_notice_renderer *renderer, const struct gw_component *notifier,
                                    const struct gw_notice *notice, struct gw_array *ret_rendered)
{
    struct gw_rendered *rendered = gw_arena_alloc(renderer->arena, (notifier->template_count + 1) * sizeof *rendered);
    const struct gw_noticed_event *event = gw_notice_event(notice);
    struct gw_json_object fields = {0};
    struct values values = {
        .renderer = renderer, .event = gw_event_spec_find(event->type), .fields = &fields, .events = &notice->events};
    enum gw_status status = gw_json_read_object(renderer->json, renderer->arena, event->payload, &fields, NULL);

    if (rendered == NULL || status == GW_NOMEM)
        return GW_NOMEM;
    values.unlisted = notice->count - notice->events.count;
    (void)snprintf(values.count, sizeof values.count, "%u", notice->count);
    for (size_t index = 0; index < notifier->template_count; index++) {
        const struct gw_notifier_template *template_option = &notifier->templates[index];

        rendered[index].name = gw_text_of(template_option->name);
        status = text_or_payload(&values, template_option, event->payload, &rendered[index].text);
        if (status != GW_OK)
            return status;
    }
    *ret_rendered = (struct gw_array){rendered, (uint32_t)notifier->template_count, sizeof *rendered};
    return GW_OK;
}

enum gw_status gw_publication_render_all(const struct gw_notice_renderer *renderer,
                                         const struct gw_component *publisher, const struct gw_publication *publication,
                                         struct gw_array *ret_rendered)
{
    struct gw_rendered *rendered =
        gw_arena_alloc_zero(renderer->arena, (publisher->template_count + 1) * sizeof *rendered);
    struct gw_json_object fields = {0};
    struct values values = {
        .renderer = renderer, .event = gw_event_spec_find(publication->type), .fields = &fields, .count = "1"};
    enum gw_status status = gw_json_read_object(renderer->json, renderer->arena, publication->payload, &fields, NULL);

    if (rendered == NULL || status == GW_NOMEM)
        return GW_NOMEM;
    for (size_t index = 0; index < publisher->template_count; index++) {
        rendered[index].name = gw_text_of(publisher->templates[index].name);
        status = values.event == NULL ? GW_NOT_FOUND
                                      : render(&values, &publisher->templates[index], &rendered[index].text, NULL);
        if (status == GW_NOMEM)
            return status;
    }
    *ret_rendered = (struct gw_array){rendered, (uint32_t)publisher->template_count, sizeof *rendered};
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
