/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renders the templates of a notifier or publisher for an event. The relay, lint and the verbs of `notify` all render
 * with these functions, so what an operator sees is what a recipient gets. Any thread; a renderer serves one at a time.
 */
#ifndef GW_CONFIG_NOTICE_TEXT_H
#define GW_CONFIG_NOTICE_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "config/bootstrap.h"
#include "json/json.h"

#include <gangway/error.h>
#include <gangway/port/notifier.h>

/* The longest text that a template may have once it is rendered, and the largest payload. */
enum { GW_NOTICE_TEXT_MAX_BYTES = 1024 * 1024 };

/* What rendering needs. Borrowed from the caller. */
struct gw_notice_renderer {
    struct gw_json_reader *json;
    struct gw_arena *arena;   /* of the texts */
    struct gw_buffer *buffer; /* scratch; its maximum limits a text */
};

/* What a template may name: the fields of the event. A publisher's: `type`, the name of the event. A notifier's:
 * `count`, how many events the notice has; and `lines`, a line with the default text of each event that it lists, which
 * a header cannot have. Returns how many names there are. */
enum { GW_NOTICE_FIELDS_MAX = GW_EVENT_FIELDS_MAX + 2 };
size_t gw_notice_fields(const struct gw_event_spec *event, const struct gw_notifier_template *template_option,
                        const char *ret_fields[GW_NOTICE_FIELDS_MAX]);

/* The text of one template for a notice of one event with these fields, in the renderer's arena. OK; INVALID: the
 * template does not fit the event, or the text is too long, and reterr says why; NOT_FOUND: fields lacks a field of the
 * event; NOMEM. */
enum gw_status gw_notice_render(const struct gw_notice_renderer *renderer,
                                const struct gw_notifier_template *template_option, const struct gw_event_spec *event,
                                const struct gw_json_object *fields, struct gw_text *ret_text, struct gw_error *reterr);

/* The texts of all templates for a notice, of which id and texts may be missing, as the port's struct gw_rendered in
 * the order of the option table. A template that does not fit, because the event is older than the file, gets the
 * payload of the first event as its text. OK, NOMEM. */
enum gw_status gw_notice_render_all(const struct gw_notice_renderer *renderer, const struct gw_component *notifier,
                                    const struct gw_notice *notice, struct gw_array *ret_rendered);

/* The texts of all templates of a publisher for an event, in the order of the option table. A template that does not
 * fit the event has a text without a pointer. OK, NOMEM. */
enum gw_status gw_publication_render_all(const struct gw_notice_renderer *renderer,
                                         const struct gw_component *publisher, const struct gw_publication *publication,
                                         struct gw_array *ret_rendered);

/* Whether a rendered text is a JSON document: values are escaped for JSON, and it begins with a bracket. */
bool gw_notice_text_is_document(const struct gw_notifier_template *template_option, struct gw_text text);

/* Whether a rendered text can be sent: a document is valid JSON, a header is one line. OK; INVALID: reterr says why;
 * NOMEM. */
enum gw_status gw_notice_text_check(const struct gw_notice_renderer *renderer,
                                    const struct gw_notifier_template *template_option, struct gw_text text,
                                    struct gw_error *reterr);

#endif
