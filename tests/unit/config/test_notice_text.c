/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that are rendered for a notice: with each sample, by every escape, and when they do not fit. */
#include "check_main.h"
#include "config/notice_trial.h"

#include <gangway/sdk/utf8.h>

#include <stdlib.h>
#include <string.h>

static struct gw_notice_trial *trial;
static struct gw_json_reader *json;
static struct gw_arena *arena;
static struct gw_buffer buffer;
static struct gw_error error;

static void set_up(void)
{
    trial = gw_notice_trial_new();
    json = gw_json_reader_new(GW_NOTICE_TEXT_MAX_BYTES);
    arena = gw_arena_new(32 * 1024 * 1024);
    gw_buffer_init(&buffer, GW_NOTICE_TEXT_MAX_BYTES);
    error = (struct gw_error){0};
    ck_assert(trial != NULL && json != NULL && arena != NULL);
}

static void tear_down(void)
{
    gw_buffer_done(&buffer);
    gw_arena_free(arena);
    gw_json_reader_free(json);
    gw_notice_trial_free(trial);
}

static const struct gw_event_spec *event_of(const char *name)
{
    const struct gw_event_spec *event = gw_event_spec_find(gw_text_of(name));

    ck_assert_ptr_nonnull(event);
    return event;
}

static enum gw_status render(const char *text, enum gw_escape escape, size_t sample, struct gw_text *ret_text)
{
    const struct gw_notifier_template template_option = {"body", text, escape, false};

    return gw_notice_trial_render(trial, &template_option, event_of("OutOfStock"), sample, ret_text, &error);
}

/* The sample with this name. */
static size_t sample_of(const char *name)
{
    for (size_t index = 0; index < GW_NOTICE_SAMPLES; index++)
        if (strcmp(gw_notice_sample_name(index), name) == 0)
            return index;
    ck_abort_msg("no sample is called %s", name);
    return 0;
}

/* The status with each sample; OK: all of them. */
static enum gw_status render_each(const char *text, enum gw_escape escape)
{
    struct gw_text rendered;
    enum gw_status status = GW_OK;

    for (size_t sample = 0; sample < GW_NOTICE_SAMPLES && status == GW_OK; sample++)
        status = render(text, escape, sample, &rendered);
    return status;
}

/* ---- samples ---------------------------------------------------------------------------------------------------- */

START_TEST(an_example_has_every_field_of_its_event_and_no_other)
{
    size_t count;
    const struct gw_event_spec *event = &gw_event_specs(&count)[_i];
    struct gw_json_object example;

    ck_assert_int_eq(gw_json_read_object(json, arena, gw_text_of(event->example), &example, NULL), GW_OK);
    ck_assert_uint_eq(example.count, event->field_count);
    for (size_t index = 0; index < event->field_count; index++)
        ck_assert(gw_text_is(example.members[index].name, event->fields[index]));
}
END_TEST

START_TEST(the_first_sample_is_the_example)
{
    struct gw_text text;

    ck_assert_int_eq(render("{qty} of {sku}", GW_ESCAPE_NONE, 0, &text), GW_OK);
    ck_assert(gw_text_is(text, "4 of BRASS-LAMP"));
}
END_TEST

START_TEST(samples_are_as_long_as_a_field_may_be_or_empty_and_always_utf8)
{
    struct gw_text text;

    for (size_t sample = 1; sample < GW_NOTICE_SAMPLES; sample++) {
        ck_assert_int_eq(render("{sku}", GW_ESCAPE_NONE, sample, &text), GW_OK);
        ck_assert_uint_eq(text.len, strcmp(gw_notice_sample_name(sample), "empty") == 0 ? 0 : 255);
        ck_assert_uint_eq(gw_utf8_valid_len(text), text.len);
    }
    ck_assert_int_eq(render("{qty}", GW_ESCAPE_NONE, sample_of("longest"), &text), GW_OK);
    ck_assert(gw_text_is(text, "2147483647"));
    ck_assert_int_eq(render("{qty}", GW_ESCAPE_NONE, sample_of("empty"), &text), GW_OK);
    ck_assert(gw_text_is(text, "0"));
}
END_TEST

/* ---- texts that can be sent ------------------------------------------------------------------------------------- */

START_TEST(a_value_is_escaped_whatever_it_is)
{
    ck_assert_int_eq(render_each("Out of {sku}", GW_ESCAPE_NONE), GW_OK);
    ck_assert_int_eq(render_each("{{\"text\": \"Out of {sku}\", \"qty\": {qty}}}", GW_ESCAPE_JSON), GW_OK);
    ck_assert_int_eq(render_each(" \n[{{\"text\": \"{sku}\"}}, {qty}]\n", GW_ESCAPE_JSON), GW_OK);
    ck_assert_int_eq(render_each("Out of {sku}\n", GW_ESCAPE_JSON), GW_OK);
    ck_assert_int_eq(render_each("Out of {sku}", GW_ESCAPE_HEADER), GW_OK);
    ck_assert_int_eq(render_each("<b title=\"{sku}\">{orderid}</b>", GW_ESCAPE_HTML), GW_OK);
    ck_assert_int_eq(render_each("https://shop/{sku}?o={orderid}", GW_ESCAPE_URL), GW_OK);
    ck_assert_int_eq(render_each("", GW_ESCAPE_JSON), GW_OK);
}
END_TEST

START_TEST(a_document_that_is_no_json_is_refused)
{
    static const char *const documents[] = {
        "{{\"text\": \"{sku}\"",        "{{\"text\": {sku}}}",
        "{{\"text\": \"{sku}\"}} {{}}", "{{\"text\": \"{sku}\"}}, \"\": 1",
        "{{\"a\": 1, \"a\": {qty}}}",   "[{qty},]",
        "{{\"text\": \"two\nlines\"}}",
    };

    ck_assert_msg(render_each(documents[_i], GW_ESCAPE_JSON) == GW_INVALID, "%s", documents[_i]);
    ck_assert_int_eq(render_each(documents[_i], GW_ESCAPE_NONE), GW_OK);
}
END_TEST

START_TEST(a_document_may_be_wrong_with_some_values_only)
{
    struct gw_text text;

    ck_assert_int_eq(render("{{\"1{sku}\": 1, \"1\": 2}}", GW_ESCAPE_JSON, 0, &text), GW_OK);
    ck_assert_int_eq(render("{{\"1{sku}\": 1, \"1\": 2}}", GW_ESCAPE_JSON, sample_of("empty"), &text), GW_INVALID);
}
END_TEST

START_TEST(a_header_of_two_lines_is_refused)
{
    ck_assert_int_eq(render_each("Out of {sku}\n", GW_ESCAPE_HEADER), GW_INVALID);
    ck_assert_int_eq(render_each("Out of\r{sku}", GW_ESCAPE_HEADER), GW_INVALID);
}
END_TEST

START_TEST(a_field_that_the_event_lacks_is_refused)
{
    struct gw_text text;

    ck_assert_int_eq(render("{batchref}", GW_ESCAPE_NONE, 0, &text), GW_INVALID);
    ck_assert_ptr_nonnull(strstr(error.text, "batchref"));
}
END_TEST

/* 6,000 places fit the limit of a template, and overflow the text only with a long value. */
static char *long_template(void)
{
    char *text = calloc(6000, strlen("{sku}") + 1);

    for (size_t index = 0; text != NULL && index < 6000; index++)
        memcpy(text + index * strlen("{sku}"), "{sku}", strlen("{sku}"));
    ck_assert_ptr_nonnull(text);
    return text;
}

START_TEST(a_text_above_the_limit_is_refused)
{
    char *text = long_template();
    struct gw_text rendered;

    ck_assert_int_eq(render(text, GW_ESCAPE_NONE, 0, &rendered), GW_OK);
    ck_assert_int_eq(render(text, GW_ESCAPE_NONE, sample_of("longest"), &rendered), GW_INVALID);
    ck_assert_int_eq(render("{sku}", GW_ESCAPE_NONE, sample_of("longest"), &rendered), GW_OK);
    free(text);
}
END_TEST

/* ---- notices ---------------------------------------------------------------------------------------------------- */

static struct gw_text text_of(const struct gw_array *rendered, uint32_t index)
{
    return ((const struct gw_rendered *)gw_array_at(rendered, index))->text;
}

START_TEST(a_template_that_does_not_fit_gets_the_payload_and_the_others_their_text)
{
    static const char payload[] = "{\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2}";
    char *too_long = long_template();
    const struct gw_notifier_template templates[] = {{"subject", "Out of {sku}", GW_ESCAPE_HEADER, false},
                                                     {"text", "of batch {batchref}", GW_ESCAPE_NONE, false},
                                                     {"body", too_long, GW_ESCAPE_URL, false}};
    const struct gw_component notifier = {.id = "mail", .templates = templates, .template_count = 3};
    const struct gw_notice_renderer renderer = {json, arena, &buffer};
    struct gw_noticed_event event = {.type = gw_text_of("OutOfStock"), .payload = gw_text_of(payload)};
    struct gw_notice notice = {.size = sizeof notice, .events = {&event, 1, sizeof event}, .count = 1};
    struct gw_array rendered;

    buffer.max = 4096;
    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert_uint_eq(rendered.count, 3);
    ck_assert(gw_text_is(text_of(&rendered, 0), "Out of LAMP"));
    ck_assert(gw_text_is(text_of(&rendered, 1), payload));
    ck_assert(gw_text_is(text_of(&rendered, 2), payload));
    event.type = gw_text_of("NoSuchEvent");
    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert(gw_text_is(text_of(&rendered, 0), payload));
    free(too_long);
}
END_TEST

START_TEST(a_notice_of_several_events_has_their_count_and_a_line_for_each)
{
    static const struct gw_notifier_template templates[] = {
        {"subject", "{count} of {sku}", GW_ESCAPE_HEADER, false},
        {"body", "{{\"text\": \"{lines}\"}}", GW_ESCAPE_JSON, false}};
    const struct gw_component notifier = {.id = "chat", .templates = templates, .template_count = 2};
    const struct gw_notice_renderer renderer = {json, arena, &buffer};
    struct gw_noticed_event events[] = {
        {.type = gw_text_of("OutOfStock"),
         .payload = gw_text_of("{\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2}")},
        {.type = gw_text_of("OutOfStock"),
         .payload = gw_text_of("{\"sku\": \"SO\\\"FA\", \"orderid\": \"o2\", \"qty\": 2}")},
        {.type = gw_text_of("OutOfStock"), .payload = gw_text_of("{\"older\": 1}")}};
    struct gw_notice notice = {.size = sizeof notice, .events = {events, 3, sizeof events[0]}, .count = 7};
    struct gw_array rendered;

    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert(gw_text_is(text_of(&rendered, 0), "7 of LAMP"));
    ck_assert(gw_text_is(text_of(&rendered, 1), "{\"text\": \"Out of stock for LAMP\\nOut of stock for SO\\\"FA\\n"
                                                "{\\\"older\\\": 1}\"}"));
}
END_TEST

START_TEST(the_default_text_of_a_notice_lists_its_events_and_says_how_many_it_does_not_list)
{
    static const struct gw_notifier_template templates[] = {{"text", NULL, GW_ESCAPE_SLACK, false},
                                                            {"subject", NULL, GW_ESCAPE_HEADER, false}};
    const struct gw_component notifier = {.id = "chat", .templates = templates, .template_count = 2};
    const struct gw_notice_renderer renderer = {json, arena, &buffer};
    struct gw_noticed_event events[] = {
        {.type = gw_text_of("OutOfStock"),
         .payload = gw_text_of("{\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2}")},
        {.type = gw_text_of("OutOfStock"),
         .payload = gw_text_of("{\"sku\": \"<SOFA\", \"orderid\": \"o2\", \"qty\": 2}")}};
    struct gw_notice notice = {.size = sizeof notice, .events = {events, 2, sizeof events[0]}, .count = 2};
    struct gw_array rendered;

    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert(gw_text_is(text_of(&rendered, 0), "Out of stock for LAMP\nOut of stock for &lt;SOFA"));
    ck_assert(gw_text_is(text_of(&rendered, 1), ""));
    notice.count = 9;
    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert(gw_text_is(text_of(&rendered, 0), "Out of stock for LAMP\nOut of stock for &lt;SOFA\nand 7 more"));
    notice.events.count = notice.count = 1;
    ck_assert_int_eq(gw_notice_render_all(&renderer, &notifier, &notice, &rendered), GW_OK);
    ck_assert(gw_text_is(text_of(&rendered, 0), "Out of stock for LAMP"));
}
END_TEST

/* ---- publishers ------------------------------------------------------------------------------------------------- */

START_TEST(a_template_of_a_publisher_names_the_fields_of_the_event_and_its_type)
{
    static const struct gw_notifier_template templates[] = {{"routing_key", "{type}.{sku}", GW_ESCAPE_NONE, true},
                                                            {"fixed", "stock", GW_ESCAPE_NONE, true},
                                                            {"other", "{batchref}", GW_ESCAPE_NONE, true}};
    const struct gw_component publisher = {.id = "rabbit", .templates = templates, .template_count = 3};
    const struct gw_notice_renderer renderer = {json, arena, &buffer};
    const struct gw_publication event = {.type = gw_text_of("OutOfStock"),
                                         .payload = gw_text_of("{\"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2}")};
    struct gw_array rendered;

    ck_assert_int_eq(gw_publication_render_all(&renderer, &publisher, &event, &rendered), GW_OK);
    ck_assert_uint_eq(rendered.count, 3);
    ck_assert(gw_text_is(gw_rendered_text(&rendered, "routing_key"), "OutOfStock.LAMP"));
    ck_assert(gw_text_is(gw_rendered_text(&rendered, "fixed"), "stock"));
    ck_assert_ptr_null(gw_rendered_text(&rendered, "other").ptr);
}
END_TEST

START_TEST(a_template_of_a_publisher_has_no_count_and_no_lines)
{
    const struct gw_notifier_template count = {"routing_key", "{count}", GW_ESCAPE_NONE, true};
    const struct gw_notifier_template lines = {"routing_key", "{lines}", GW_ESCAPE_NONE, true};
    struct gw_text text;

    ck_assert_int_eq(gw_notice_trial_render(trial, &count, event_of("OutOfStock"), 0, &text, &error), GW_INVALID);
    ck_assert_int_eq(gw_notice_trial_render(trial, &lines, event_of("OutOfStock"), 0, &text, &error), GW_INVALID);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("notice_text");
    TCase *tests = tcase_create("templates");
    size_t events;

    (void)gw_event_specs(&events);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, an_example_has_every_field_of_its_event_and_no_other, 0, (int)events);
    tcase_add_test(tests, the_first_sample_is_the_example);
    tcase_add_test(tests, samples_are_as_long_as_a_field_may_be_or_empty_and_always_utf8);
    tcase_add_test(tests, a_value_is_escaped_whatever_it_is);
    tcase_add_loop_test(tests, a_document_that_is_no_json_is_refused, 0, 7);
    tcase_add_test(tests, a_document_may_be_wrong_with_some_values_only);
    tcase_add_test(tests, a_header_of_two_lines_is_refused);
    tcase_add_test(tests, the_default_text_of_a_notice_lists_its_events_and_says_how_many_it_does_not_list);
    tcase_add_test(tests, a_field_that_the_event_lacks_is_refused);
    tcase_add_test(tests, a_text_above_the_limit_is_refused);
    tcase_add_test(tests, a_template_that_does_not_fit_gets_the_payload_and_the_others_their_text);
    tcase_add_test(tests, a_notice_of_several_events_has_their_count_and_a_line_for_each);
    tcase_add_test(tests, a_template_of_a_publisher_names_the_fields_of_the_event_and_its_type);
    tcase_add_test(tests, a_template_of_a_publisher_has_no_count_and_no_lines);
    suite_add_tcase(suite, tests);
    return suite;
}
