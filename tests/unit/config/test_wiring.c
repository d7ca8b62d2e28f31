/* SPDX-License-Identifier: Apache-2.0 */
/* Routes become rows, a row per recipient; and who owns standard output is known before anybody writes to it. */
#include "check_main.h"
#include "config/wiring.h"
#include "scripted.h"
#include "service/routing.h"
#include "worker/identity.h"
#include "worker/intake.h"

#include <stddef.h>

struct path_config {
    int64_t count;
    const char *source;
    const char *path;
};

static const struct gw_option path_options[] = {
    {.name = "count", .help = "How many.", .type = GW_OPTION_INT, .offset = offsetof(struct path_config, count)},
    {.name = "source",
     .help = "A path that has no dash.",
     .type = GW_OPTION_PATH,
     .offset = offsetof(struct path_config, source)},
    {.name = "path",
     .help = "Where.",
     .type = GW_OPTION_PATH,
     .flags = GW_OPTION_DASH,
     .offset = offsetof(struct path_config, path)}};
static const struct gw_plugin writer_plugin = {
    .port = GW_PORT_PUBLISHER, .options = path_options, .option_count = 3, .option_size = sizeof(struct gw_option)};
static struct path_config writer_config;
static const char *const people[] = {"ann", "ben"};
static const struct gw_component writer = {
    .id = "events", .section = GW_SECTION_PUBLISHERS, .plugin = &writer_plugin, .config = &writer_config};
static const struct gw_component mail = {
    .id = "mail", .section = GW_SECTION_NOTIFIERS, .recipients = people, .recipient_count = 2};
static const struct gw_component *const writers[] = {&writer};
static const struct gw_component *const mails[] = {&mail};

static struct gw_route routes[1];
static struct gw_bootstrap bootstrap;
static struct gw_session *session;

static void set_up(void)
{
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    writer_config.path = "events.jsonl";
    routes[0] = (struct gw_route){
        .event = gw_event_spec_find(gw_text_of("OutOfStock")), .publish = {writers, 1}, .notify = {mails, 1}};
    bootstrap = (struct gw_bootstrap){.publishers = {writers, 1}, .routes = routes, .route_count = 1};
}

static void run(struct gw_turn *turn, struct gw_intake *intake, const char *line)
{
    struct gw_message message = {.size = sizeof message, .payload = gw_text_of(line)};
    struct gw_error error = {0};

    gw_turn_reset(turn);
    ck_assert(gw_intake_add(intake, turn, &message, NULL, NULL) == GW_OK);
    ck_assert(gw_turn_attempt(turn, 0, 1, &error) == GW_OK);
    ck_assert(gw_turn_commit(turn, &error) == GW_OK);
}

/* The rows of one allocation that fails and one that succeeds, with the routes of this test. */
static void run_commands(void)
{
    struct gw_arena *arena = gw_arena_new(1 << 20);
    struct gw_message_bus *bus = gw_wiring_bus(arena, &bootstrap);
    struct gw_turn *turn = gw_turn_new(bus, &scripted_repository.ops, session, 1 << 24, 0);
    struct gw_intake intake;

    ck_assert(gw_intake_open(&intake, gw_text_of("orders"), false, false) == GW_OK);
    run(turn, &intake, "{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 1}");
    run(turn, &intake, "{\"type\": \"Allocate\", \"orderid\": \"o\", \"sku\": \"LAMP\", \"qty\": 1}");
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 0); /* Allocated goes nowhere */
    run(turn, &intake, "{\"type\": \"Allocate\", \"orderid\": \"p\", \"sku\": \"LAMP\", \"qty\": 1}");
    ck_assert_uint_eq(scripted_outbox_count(session, "events"), 1);
    gw_intake_close(&intake);
    gw_turn_free(turn);
    gw_message_bus_free(bus);
    gw_arena_free(arena);
}

START_TEST(an_event_makes_a_row_for_each_publisher_and_for_each_recipient)
{
    run_commands();
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 2);
}
END_TEST

START_TEST(where_the_repository_keeps_notices_an_event_makes_one_row_for_a_notifier)
{
    struct gw_plugin plugin = {.port = GW_PORT_REPOSITORY, .features = GW_REPOSITORY_NOTICES};
    struct gw_component repository = {.id = "repository", .plugin = &plugin};

    bootstrap.repository = &repository;
    run_commands();
    ck_assert_uint_eq(scripted_outbox_count(session, "mail"), 1);
}
END_TEST

START_TEST(a_publisher_whose_path_is_a_dash_owns_standard_output)
{
    ck_assert(!gw_wiring_uses_stdout(&bootstrap));
    writer_config.path = "-";
    ck_assert(gw_wiring_uses_stdout(&bootstrap));
    writer_config.path = "events.jsonl";
    writer_config.source = "-";
    ck_assert(!gw_wiring_uses_stdout(&bootstrap));
    writer_config.path = NULL;
    ck_assert(!gw_wiring_uses_stdout(&bootstrap));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("wiring");
    TCase *wiring = tcase_create("wiring");

    tcase_add_checked_fixture(wiring, set_up, NULL);
    tcase_add_test(wiring, an_event_makes_a_row_for_each_publisher_and_for_each_recipient);
    tcase_add_test(wiring, where_the_repository_keeps_notices_an_event_makes_one_row_for_a_notifier);
    tcase_add_test(wiring, a_publisher_whose_path_is_a_dash_owns_standard_output);
    suite_add_tcase(suite, wiring);
    return suite;
}
