/* SPDX-License-Identifier: Apache-2.0 */
/* What headers decide, whichever binding they follow; and the attributes of an event that is published. */
#include "base/arena.h"
#include "check_main.h"
#include "service/cloud_event.h"

#include <gangway/scope.h>

#include <stdio.h>
#include <string.h>

static struct gw_event_headers read(const char *const *names_and_values, uint32_t count)
{
    struct gw_header items[8];
    struct gw_array headers = {items, count, sizeof *items};
    struct gw_event_headers read;

    for (uint32_t index = 0; index < count; index++)
        items[index] =
            (struct gw_header){gw_text_of(names_and_values[2 * index]), gw_text_of(names_and_values[2 * index + 1])};
    gw_event_headers_read(&headers, &read);
    return read;
}

#define READ(...) \
    read((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / 2 / sizeof(char *))

START_TEST(the_attributes_are_found_behind_each_prefix)
{
    static const char *const prefixes[] = {"ce_", "cloudEvents:", "cloudEvents_"};

    for (size_t index = 0; index < gw_array_length(prefixes); index++) {
        char type[32], id[32], source[32];
        struct gw_event_identity identity;
        struct gw_event_headers headers;

        (void)snprintf(type, sizeof type, "%stype", prefixes[index]);
        (void)snprintf(id, sizeof id, "%sid", prefixes[index]);
        (void)snprintf(source, sizeof source, "%ssource", prefixes[index]);
        headers = READ("type", "Deallocate", type, "Allocate", id, "7", source, "/shop", "message-id", "8");
        identity = gw_event_headers_identity(&headers);
        ck_assert(gw_text_is(gw_event_headers_type(&headers), "Allocate"));
        ck_assert(gw_text_is(identity.id, "7") && gw_text_is(identity.scope, "/shop") && identity.is_event);
        ck_assert_uint_eq(gw_event_headers_repeated(&headers, true, true).len, 0);
    }
}
END_TEST

START_TEST(plain_headers_are_used_if_there_is_no_attribute)
{
    struct gw_event_headers headers = READ("type", "Allocate", "message-id", "8", "ce_idle", "1", "Type", "x");
    struct gw_event_identity identity = gw_event_headers_identity(&headers);

    ck_assert(gw_text_is(gw_event_headers_type(&headers), "Allocate"));
    ck_assert(gw_text_is(identity.id, "8") && identity.scope.len == 0 && !identity.is_event);
}
END_TEST

/* An id is one of CloudEvents only together with its source. */
START_TEST(an_id_without_a_source_is_one_of_the_protocol)
{
    struct gw_event_headers headers = READ("ce_id", "7", "message-id", "8");
    struct gw_event_identity identity = gw_event_headers_identity(&headers);

    ck_assert(gw_text_is(identity.id, "7") && !identity.is_event);
}
END_TEST

START_TEST(an_attribute_behind_two_prefixes_is_repeated)
{
    struct gw_event_headers types = READ("ce_type", "Allocate", "cloudEvents:type", "Allocate");
    struct gw_event_headers ids = READ("cloudEvents_id", "1", "ce_source", "/a", "ce_id", "2");

    ck_assert_uint_eq(gw_event_headers_type(&types).len, 0);
    ck_assert(gw_text_is(gw_event_headers_repeated(&types, true, true), "cloudEvents:type"));
    ck_assert_uint_eq(gw_event_headers_repeated(&types, false, true).len, 0);
    ck_assert_uint_eq(gw_event_headers_identity(&ids).id.len, 0);
    ck_assert(gw_text_is(gw_event_headers_repeated(&ids, true, true), "ce_id"));
    ck_assert_uint_eq(gw_event_headers_repeated(&ids, true, false).len, 0);
}
END_TEST

START_TEST(a_content_type_declares_an_envelope_whatever_its_case)
{
    struct gw_event_headers envelope = READ("content-type", "Application/CloudEvents+JSON; charset=utf-8");
    struct gw_event_headers plain = READ("content-type", "application/json", "content-type", "application/json");

    struct gw_event_headers longer = READ("content-type", "application/json; charset=utf-8; profile=none");

    ck_assert(envelope.is_envelope);
    ck_assert(!plain.is_envelope);
    ck_assert(!longer.is_envelope);
    ck_assert_uint_eq(gw_event_headers_repeated(&plain, true, true).len, 0);
}
END_TEST

START_TEST(a_source_is_the_name_of_the_service_as_a_uri_reference)
{
    char source[GW_EVENT_SOURCE_MAX];
    char name[2 * GW_EVENT_SOURCE_MAX];

    gw_event_source_write(source, "stock allocation/\xc3\xa4~.-_");
    ck_assert_str_eq(source, "/gangway/stock%20allocation%2F%C3%A4~.-_");
    memset(name, ' ', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    gw_event_source_write(source, name);
    ck_assert_uint_lt(strlen(source), sizeof source);
    ck_assert_str_eq(source + strlen(source) - 3, "%20");
}
END_TEST

START_TEST(an_event_has_its_attributes_in_one_order)
{
    static const char *const expected[] = {"specversion",
                                           "1.0",
                                           "id",
                                           "event-8",
                                           "source",
                                           "/gangway/shop",
                                           "type",
                                           "gangway.allocation.Allocated.v1",
                                           "time",
                                           "2026-01-01T00:00:00.008Z",
                                           "subject",
                                           "LAMP",
                                           "sequence",
                                           "00000000000000000009",
                                           "datacontenttype",
                                           "application/json"};
    const struct gw_published_event event = {.id = gw_text_of("event-8"),
                                             .type = gw_text_of("Allocated"),
                                             .sku = gw_text_of("LAMP"),
                                             .sequence = 9,
                                             .unix_ms = 1767225600008};
    struct gw_arena *arena = gw_arena_new(1 << 16);
    struct gw_array attributes;

    ck_assert(gw_event_attributes_make(arena, "/gangway/shop", &event, &attributes));
    ck_assert_uint_eq(2 * attributes.count, gw_array_length(expected));
    for (uint32_t index = 0; index < attributes.count; index++) {
        const struct gw_header *attribute = gw_array_at(&attributes, index);

        ck_assert(gw_text_is(attribute->name, expected[2 * index]));
        ck_assert_msg(gw_text_is(attribute->value, expected[2 * index + 1]), "%.*s", (int)attribute->value.len,
                      attribute->value.ptr);
    }
    gw_arena_free(arena);
}
END_TEST

START_TEST(attributes_without_memory_are_none)
{
    const struct gw_published_event event = {.id = gw_text_of("e"), .type = gw_text_of("Allocated")};
    struct gw_arena *none = gw_arena_new(0);
    struct gw_array attributes = {0};

    ck_assert(!gw_event_attributes_make(none, "/gangway/shop", &event, &attributes));
    ck_assert_uint_eq(attributes.count, 0);
    gw_arena_free(none);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("cloud_event");
    TCase *tests = tcase_create("cloud_event");

    tcase_add_test(tests, the_attributes_are_found_behind_each_prefix);
    tcase_add_test(tests, plain_headers_are_used_if_there_is_no_attribute);
    tcase_add_test(tests, an_id_without_a_source_is_one_of_the_protocol);
    tcase_add_test(tests, an_attribute_behind_two_prefixes_is_repeated);
    tcase_add_test(tests, a_content_type_declares_an_envelope_whatever_its_case);
    tcase_add_test(tests, a_source_is_the_name_of_the_service_as_a_uri_reference);
    tcase_add_test(tests, an_event_has_its_attributes_in_one_order);
    tcase_add_test(tests, attributes_without_memory_are_none);
    suite_add_tcase(suite, tests);
    return suite;
}
