/* SPDX-License-Identifier: Apache-2.0 */
/* See verb_fixture.h. The linker lets the loader be this one. */
#include "verb_fixture.h"

#include "check_main.h"
#include "cli/verbs.h"
#include "plugin/loader.h"
#include "worker/identity.h"

#include <gangway/port/notifier.h>
#include <gangway/port/publisher.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verb_fixture verb_fixture;
const char verb_failure[] = "the other side is away";

static const char bootstrap[] = "service: shop\n"
                                "repository: {plugin: shop_repository}\n"
                                "entrypoints:\n"
                                "  queue: {plugin: shop_queue}\n"
                                "  orders: {plugin: shop_orders}\n"
                                "publishers:\n"
                                "  events: {plugin: shop_events}\n"
                                "routes:\n"
                                "  Allocated: {publish: [events]}\n";

static const char notify_bootstrap[] = "service: shop\n"
                                       "repository: {plugin: shop_repository}\n"
                                       "entrypoints:\n"
                                       "  queue: {plugin: shop_queue}\n"
                                       "notifiers:\n"
                                       "  mail: {plugin: shop_mail, text: 'No {sku}'}\n"
                                       "  pager: {plugin: shop_mail}\n"
                                       "routes:\n"
                                       "  OutOfStock: {notify: [mail], fallback: [pager]}\n";

static const char notify_event[] = "{\"type\": \"OutOfStock\", \"sku\": \"LAMP\", \"orderid\": \"o1\", \"qty\": 2}\n";

static struct gw_session *session;

static enum gw_status answer(enum gw_status status, struct gw_error *reterr)
{
    return status == GW_OK ? GW_OK : gw_error_set(reterr, status, "%s", verb_failure);
}

/* ---- the plugins ------------------------------------------------------------------------------------------------ */

static enum gw_status check_well(void *self, const struct gw_report *report)
{
    (void)self;
    return gw_report_line(report, GW_OK, "all", "%s", "is well");
}

static void close_nothing(void *self)
{
    (void)self;
}

static enum gw_status open_repository(const struct gw_host *host, const void *config, void **ret_self,
                                      struct gw_error *reterr)
{
    (void)host;
    (void)config;
    if (verb_fixture.opens == GW_OK)
        *ret_self = scripted_repository.self;
    return answer(verb_fixture.opens, reterr);
}

static enum gw_status open_session(void *self, const struct gw_host *host, struct gw_session **ret_session,
                                   struct gw_error *reterr)
{
    const struct gw_repository_ops *memory = scripted_repository.memory.descriptor->ops;

    if (verb_fixture.session_opens != GW_OK)
        return answer(verb_fixture.session_opens, reterr);
    return memory->open_session(self, host, ret_session, reterr);
}

static enum gw_status open_well(const struct gw_host *host, const void *config, void **ret_self,
                                struct gw_error *reterr)
{
    (void)host;
    (void)config;
    (void)reterr;
    *ret_self = &verb_fixture;
    return GW_OK;
}

static enum gw_status open_orders(const struct gw_host *host, const void *config, void **ret_self,
                                  struct gw_error *reterr)
{
    if (verb_fixture.orders_opens != GW_OK)
        return answer(verb_fixture.orders_opens, reterr);
    return open_well(host, config, ret_self, reterr);
}

static enum gw_status check_orders(void *self, const struct gw_report *report)
{
    (void)self;
    if (verb_fixture.finding != NULL)
        (void)gw_report_line(report, GW_TRANSIENT, "topic", "%s", verb_fixture.finding);
    return verb_fixture.check;
}

static enum gw_status resolve(void *self, struct gw_text source, struct gw_text word, int64_t *ret_offset,
                              struct gw_error *reterr)
{
    (void)self;
    (void)source;
    *ret_offset = gw_text_is(word, "latest") ? 7 : 0;
    return answer(verb_fixture.resolve, reterr);
}

struct mail_config {
    const char *text;
};

static const struct gw_option mail_options[] = {
    {.name = "text", .help = "The text.", .type = GW_OPTION_TEMPLATE, .offset = offsetof(struct mail_config, text)},
};

static enum gw_status send_mail(void *self, const struct gw_notice *notice, struct gw_verdict *verdict,
                                int64_t deadline_ms, struct gw_error *reterr)
{
    (void)self, (void)deadline_ms, (void)reterr;
    (void)snprintf(verdict->answer, sizeof verdict->answer, "got %.*s", (int)gw_notice_text(notice, "text").len,
                   gw_notice_text(notice, "text").ptr);
    return GW_OK;
}

static const struct gw_entrypoint_ops queue_ops = {.size = sizeof queue_ops};
static const struct gw_entrypoint_ops orders_ops = {.size = sizeof orders_ops, .resolve = resolve};
static const struct gw_publisher_ops events_ops = {.size = sizeof events_ops};
static const struct gw_notifier_ops mail_ops = {.size = sizeof mail_ops, .send = send_mail};

static const struct gw_plugin queue = {.name = "shop_queue",
                                       .version = "1",
                                       .summary = "Without positions.",
                                       .port = GW_PORT_ENTRYPOINT,
                                       .ops = &queue_ops,
                                       .option_size = sizeof(struct gw_option),
                                       .open = open_well,
                                       .close = close_nothing,
                                       .check = check_well};
static const struct gw_plugin orders = {.name = "shop_orders",
                                        .version = "1",
                                        .summary = "With positions.",
                                        .port = GW_PORT_ENTRYPOINT,
                                        .features = GW_ENTRYPOINT_ORDERED,
                                        .ops = &orders_ops,
                                        .option_size = sizeof(struct gw_option),
                                        .open = open_orders,
                                        .close = close_nothing,
                                        .check = check_orders};
static const struct gw_plugin events = {.name = "shop_events",
                                        .version = "1",
                                        .summary = "A publisher.",
                                        .port = GW_PORT_PUBLISHER,
                                        .ops = &events_ops,
                                        .option_size = sizeof(struct gw_option),
                                        .open = open_well,
                                        .close = close_nothing,
                                        .check = check_well};
static const struct gw_plugin mail = {.name = "shop_mail",
                                      .version = "1",
                                      .summary = "A notifier.",
                                      .port = GW_PORT_NOTIFIER,
                                      .ops = &mail_ops,
                                      .options = mail_options,
                                      .option_count = 1,
                                      .option_size = sizeof(struct gw_option),
                                      .config_size = sizeof(struct mail_config),
                                      .open = open_well,
                                      .close = close_nothing,
                                      .check = check_well};
static const struct gw_plugin *const plugins[] = {&events, &mail, &orders, &queue, &verb_fixture.repository};

enum gw_status __wrap_gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                                     struct gw_error *reterr);
enum gw_status __wrap_gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor,
                                     struct gw_error *reterr);

enum gw_status __wrap_gw_loader_load(const char *plugin_dir, const char *name, const struct gw_plugin **ret_plugin,
                                     struct gw_error *reterr)
{
    for (size_t index = 0; index < sizeof plugins / sizeof plugins[0]; index++)
        if (strcmp(plugins[index]->name, name) == 0) {
            *ret_plugin = plugins[index];
            return GW_OK;
        }
    return gw_error_set(reterr, GW_CONFIG, "%s/%s.so: no such plugin", plugin_dir, name);
}

enum gw_status __wrap_gw_loader_list(const char *plugin_dir, const struct gw_loader_visitor *visitor,
                                     struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    (void)plugin_dir;
    (void)reterr;
    for (size_t index = 0; index < sizeof plugins / sizeof plugins[0] && status == GW_OK; index++) {
        struct gw_loader_entry entry = {plugins[index]->name, plugins[index], NULL};

        status = visitor->entry(visitor->context, &entry);
    }
    return status;
}

/* ---- what is stored --------------------------------------------------------------------------------------------- */

static void store(const struct gw_changeset *changeset)
{
    const struct gw_repository_ops *memory = scripted_repository.memory.descriptor->ops;
    struct gw_apply_result result = {.size = sizeof result};
    struct gw_error error = {0};

    ck_assert_msg(memory->apply(session, changeset, &result, &error) == GW_OK, "%s", error.text);
}

void verb_fixture_letters(void)
{
    struct gw_dead_letter letters[LETTER_CUT];
    struct gw_changeset changeset = {
        .size = sizeof changeset, .stamp = 1, .dead_letters = {letters, 1, sizeof *letters}};

    for (int index = 0; index < LETTER_CUT; index++) {
        static const char *const payloads[] = {
            "{\"type\": \"CreateBatch\", \"ref\": \"b\", \"sku\": \"LAMP\", \"qty\": 100}",
            "{\"type\": \"Allocate\", \"orderid\": \"o1\", \"sku\": \"LAMP\", \"qty\": 2}", "\xff\xfe", "{\"type\": "};

        letters[index] = (struct gw_dead_letter){.entrypoint = gw_text_of("orders"),
                                                 .offset = GW_OFFSET_NONE,
                                                 .identity = gw_text_of("an identity"),
                                                 .payload = gw_text_of(payloads[index]),
                                                 .reason = gw_text_of("it was refused"),
                                                 .full_len = strlen(payloads[index])};
    }
    letters[LETTER_ORDER - 1].source = gw_text_of("shop:a");
    letters[LETTER_ORDER - 1].offset = 41;
    letters[LETTER_ORDER - 1].line = 42;
    letters[LETTER_ORDER - 1].key = gw_text_of("LAMP");
    letters[LETTER_ORDER - 1].headers = gw_text_of("[[\"a\",\"b\"]]");
    letters[LETTER_CUT - 1].full_len = 5000000;
    letters[LETTER_CUT - 1].flags = GW_DEAD_NOT_REPLAYABLE;
    changeset.dead_letters.count = LETTER_CUT;
    store(&changeset);
}

/* An event for `events`, which the other side refuses for good, and one that waits for `gone`. */
static void store_delivery(void)
{
    const struct gw_array nobody = {NULL, 0, sizeof(struct gw_outbox_target)};
    struct gw_product_change product = {.sku = gw_text_of("CHAIR"), .version = 1, .events = 1};
    struct gw_effect effects[] = {{.event = 1,
                                   .destination = gw_text_of("events"),
                                   .id = gw_text_of("e1"),
                                   .type = gw_text_of("OutOfStock"),
                                   .payload = gw_text_of("{\"sku\": \"CHAIR\"}")},
                                  {.event = 1,
                                   .destination = gw_text_of("gone"),
                                   .id = gw_text_of("e2"),
                                   .type = gw_text_of("OutOfStock"),
                                   .payload = gw_text_of("{\"sku\": \"CHAIR\"}")}};
    struct gw_changeset changeset = {.size = sizeof changeset,
                                     .stamp = 2,
                                     .products = {&product, 1, sizeof product},
                                     .effects = {effects, 2, sizeof *effects}};

    store(&changeset);
    scripted_give_up_elsewhere(session, "events", &nobody);
}

static void write_file(char path[64], const char *text)
{
    int fd = mkstemp(strcpy(path, "/tmp/gangway-verbs-XXXXXX"));
    FILE *file;

    ck_assert_int_ge(fd, 0);
    file = fdopen(fd, "w");
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

void verb_fixture_open(void)
{
    verb_fixture = (struct verb_fixture){0};
    write_file(verb_fixture.file, bootstrap);
    write_file(verb_fixture.notify_file, notify_bootstrap);
    write_file(verb_fixture.event_file, notify_event);
    ck_assert(gw_identity_init());
    session = scripted_repository_open();
    ck_assert_ptr_nonnull(session);
    scripted_repository.ops.open_session = open_session;
    verb_fixture.repository = scripted_repository.plugin;
    verb_fixture.repository.name = "shop_repository";
    verb_fixture.repository.options = NULL;
    verb_fixture.repository.option_count = 0;
    verb_fixture.repository.open = open_repository;
    verb_fixture.repository.close = close_nothing;
    verb_fixture.repository.check = check_well;
    verb_fixture_letters();
    store_delivery();
    ck_assert_int_eq(scripted_repository.ops.set_position(session, gw_text_of("shop:a"), 5, NULL), GW_OK);
}

void verb_fixture_close(void)
{
    scripted_repository.ops.close_session(session);
    scripted_repository.plugin.close(scripted_repository.self);
    test_plugin_done(&scripted_repository.memory);
    (void)unlink(verb_fixture.file);
    (void)unlink(verb_fixture.notify_file);
    (void)unlink(verb_fixture.event_file);
}

/* ---- a call ----------------------------------------------------------------------------------------------------- */

/* A standard stream that goes into a file of its own for a while. */
struct captured {
    FILE *stream;
    FILE *file;
    int before;
};

static struct captured capture(FILE *stream)
{
    struct captured captured = {stream, tmpfile(), dup(fileno(stream))};

    ck_assert_ptr_nonnull(captured.file);
    (void)fflush(stream);
    ck_assert_int_ge(dup2(fileno(captured.file), fileno(stream)), 0);
    return captured;
}

static void release(struct captured *captured, char text[PRINTED_MAX])
{
    size_t len;

    (void)fflush(captured->stream);
    (void)dup2(captured->before, fileno(captured->stream));
    (void)close(captured->before);
    rewind(captured->file);
    len = fread(text, 1, PRINTED_MAX - 1, captured->file);
    text[len] = '\0';
    (void)fclose(captured->file);
}

int verb_call(const char *const *words)
{
    struct captured out = capture(stdout);
    struct captured err = capture(stderr);
    char *arguments[16] = {(char *)(uintptr_t) "gangway"};
    struct gw_command_line line;
    struct gw_error error = {0};
    int count = 1;
    int status;

    for (; words[count - 1] != NULL; count++)
        arguments[count] = (char *)(uintptr_t)words[count - 1];
    status = gw_command_line_read(&gw_verbs, count, arguments, &line, &error) == GW_OK ? line.verb->run(&line) : -1;
    release(&err, verb_fixture.err);
    release(&out, verb_fixture.out);
    ck_assert_msg(status >= 0, "%s", error.text);
    return status;
}
