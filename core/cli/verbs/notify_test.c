/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `notify test`: opens one notifier, sends one notice that is marked as a test, and prints the answer. It touches no
 * repository and takes no lease, so a gateway may run on the same file meanwhile.
 */
#include "base/clock.h"
#include "cli/bootstrap_file.h"
#include "cli/complaint.h"
#include "cli/event_file.h"
#include "cli/exit_status.h"
#include "cli/notice_mark.h"
#include "cli/overdue.h"
#include "cli/printout.h"
#include "cli/verbs.h"
#include "cli/verbs/notify.h"
#include "config/notice_text.h"
#include "process/thread_host.h"
#include "worker/identity.h"

#include <gangway/port/notifier.h>
#include <gangway/scope.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { CHANNEL, RECIPIENT, EVENT, OUTCOME, ANSWER, MARKED, ID, RETRY_AFTER, TOOK };

static const struct gw_column columns[] = {
    [CHANNEL] = {.name = "channel"},
    [RECIPIENT] = {.name = "recipient"},
    [EVENT] = {.name = "event"},
    [OUTCOME] = {.name = "outcome"},
    [ANSWER] = {.name = "answer"},
    [MARKED] = {.name = "marked", .is_raw = true, .is_json_only = true},
    [ID] = {.name = "id", .is_json_only = true},
    [RETRY_AFTER] = {.name = "retry_after_ms", .is_raw = true, .is_json_only = true},
    [TOOK] = {.name = "took_ms", .is_raw = true, .is_json_only = true},
};

/* What opening, closing, or returning after the deadline may take. */
enum { GRACE_MS = 2000 };

enum { ID_MAX = sizeof "test-" + GW_IDENTITY_MAX, NUMBER_MAX = 24 };

struct testing {
    const struct gw_command_line *line;
    struct gw_arena *arena;
    const struct gw_bootstrap *bootstrap;
    const struct gw_component *notifier;
    const char *recipient;
    struct gw_named_event event;
    struct gw_rendered *rendered;
    size_t marked;
    char id[ID_MAX];
    struct gw_verdict verdict;
    enum gw_status status; /* of the send */
    struct gw_error error;
    int64_t took_ms;
};

/* ---- the notice ------------------------------------------------------------------------------------------------- */

GW_DEFINE_AUTO(struct gw_json_reader, gw_json_reader_free);

static enum gw_status render(struct testing *testing, const struct gw_notice_renderer *renderer,
                             struct gw_error *reterr)
{
    const struct gw_component *notifier = testing->notifier;
    enum gw_status status = GW_OK;

    testing->rendered = gw_arena_alloc_zero(testing->arena, (notifier->template_count + 1) * sizeof *testing->rendered);
    if (testing->rendered == NULL)
        return GW_NOMEM;
    for (size_t index = 0; index < notifier->template_count && status == GW_OK; index++) {
        const struct gw_notifier_template *template_option = &notifier->templates[index];
        struct gw_text *text = &testing->rendered[index].text;
        struct gw_error error = {0};

        testing->rendered[index].name = gw_text_of(template_option->name);
        status = gw_notice_render(renderer, template_option, testing->event.spec, &testing->event.fields, text, &error);
        if (status == GW_OK)
            status = gw_notice_text_check(renderer, template_option, *text, &error);
        if (status != GW_OK)
            (void)gw_error_set(reterr, status, "'%s' does not fit %s: %s", template_option->name,
                               testing->event.spec->name, error.text);
    }
    return status;
}

/* The relay sends the payload instead of a text that does not fit; a test says why it does not. */
static int make_texts(struct testing *testing)
{
    gw_auto(gw_json_reader_free) struct gw_json_reader *json = gw_json_reader_new(GW_NOTICE_TEXT_MAX_BYTES);
    struct gw_buffer buffer;
    struct gw_notice_renderer renderer = {json, testing->arena, &buffer};
    struct gw_error error = {0};
    enum gw_status status = GW_NOMEM;

    gw_buffer_init(&buffer, GW_NOTICE_TEXT_MAX_BYTES);
    if (json != NULL)
        status = render(testing, &renderer, &error);
    if (status == GW_OK)
        status = gw_notice_mark(testing->arena, testing->notifier, testing->rendered, &testing->marked);
    gw_buffer_done(&buffer);
    if (status == GW_NOMEM)
        return gw_complain_memory(testing->line);
    if (status != GW_OK)
        return gw_complain(testing->line, "%s: not sent: %s", testing->notifier->id, error.text);
    if (testing->marked == 0)
        (void)gw_complain(testing->line, "%s: warning: no text has a place for the mark, so the notice looks real",
                          testing->notifier->id);
    return GW_EXIT_DONE;
}

/* A key of its own, so that no receiver takes a second test for a repeat of the first. */
static void make_id(struct testing *testing)
{
    uint8_t token[GW_ID_BYTES];
    char text[GW_IDENTITY_MAX];
    size_t len;

    gw_message_token(token);
    len = gw_identity_of_id(token, text);
    (void)snprintf(testing->id, sizeof testing->id, "test-%.*s", (int)len, text);
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static void send_notice(struct testing *testing, void *self)
{
    const struct gw_notifier_ops *ops = testing->notifier->plugin->ops;
    struct gw_noticed_event event = {.id = gw_text_of(testing->id),
                                     .type = gw_text_of(testing->event.spec->name),
                                     .sku = testing->event.sku,
                                     .payload = testing->event.payload,
                                     .headers = {NULL, 0, sizeof(struct gw_header)},
                                     .sequence = 1,
                                     .unix_ms = gw_clock_unix_ms()};
    struct gw_notice notice = {
        .size = sizeof notice,
        .attempt = 1,
        .id = event.id,
        .recipient = gw_text_of(testing->recipient),
        .rendered = {testing->rendered, (uint32_t)testing->notifier->template_count, sizeof *testing->rendered},
        .events = {&event, 1, sizeof event},
        .count = 1};
    int64_t begun_ms = gw_clock_monotonic_ms();

    testing->status = ops->send(self, &notice, &testing->verdict,
                                begun_ms + testing->notifier->settings.delivery.timeout_ms, &testing->error);
    testing->took_ms = gw_clock_monotonic_ms() - begun_ms;
}

static const char *outcome_of(const struct testing *testing)
{
    if (testing->status == GW_CONFIG)
        return "misconfigured";
    if (testing->status != GW_OK)
        return "unreachable";
    if (testing->verdict.status == GW_OK)
        return "sent";
    return testing->verdict.status == GW_PERMANENT ? "refused" : "retry";
}

static const char *answer_of(const struct testing *testing)
{
    return testing->status == GW_OK ? testing->verdict.answer : testing->error.text;
}

static int print_result(const struct testing *testing)
{
    char retry_after[NUMBER_MAX];
    char took[NUMBER_MAX];
    const char *cells[] = {[CHANNEL] = testing->notifier->id,
                           [RECIPIENT] = testing->recipient,
                           [EVENT] = testing->event.spec->name,
                           [OUTCOME] = outcome_of(testing),
                           [ANSWER] = answer_of(testing),
                           [MARKED] = testing->marked > 0 ? "true" : "false",
                           [ID] = testing->id,
                           [RETRY_AFTER] = retry_after,
                           [TOOK] = took};
    struct gw_printout printout;

    (void)snprintf(retry_after, sizeof retry_after, "%" PRId32, testing->verdict.retry_after_ms);
    (void)snprintf(took, sizeof took, "%" PRId64, testing->took_ms);
    gw_printout_open(&printout, testing->line->format, columns, gw_array_length(columns));
    gw_printout_add(&printout, cells);
    return gw_printout_close(&printout) ? GW_EXIT_DONE : gw_complain_memory(testing->line);
}

static int finish(const struct testing *testing)
{
    int exit_status = print_result(testing);

    if (exit_status != GW_EXIT_DONE || (testing->status == GW_OK && testing->verdict.status == GW_OK))
        return exit_status;
    (void)gw_complain(testing->line, "%s: not sent: %s", testing->notifier->id, answer_of(testing));
    return testing->status == GW_CONFIG ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

static void ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static int refuse(const struct testing *testing, enum gw_status status)
{
    (void)gw_complain(testing->line, "%s: not sent: %s", testing->notifier->id, testing->error.text);
    return status == GW_CONFIG ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

/* The result is printed before, so that a plugin that hangs here hides nothing. */
static void close_notifier(const struct testing *testing, void *self)
{
    (void)fflush(stdout);
    gw_overdue_begin(testing->line, testing->notifier->id, GRACE_MS);
    testing->notifier->plugin->close(self);
    gw_overdue_end();
}

/* Standard output is for the result, so a console gets its notice on standard error. */
static int send_test(struct testing *testing)
{
    const struct gw_plugin *plugin = testing->notifier->plugin;
    struct gw_log log = gw_bootstrap_log(testing->bootstrap);
    struct gw_thread_host host;
    void *self = NULL;
    enum gw_status status;
    int exit_status;

    ignore_broken_pipes();
    gw_thread_host_init(&host, testing->bootstrap->settings.service, testing->notifier->id, &log, -1);
    host.table.console = STDERR_FILENO;
    gw_overdue_begin(testing->line, testing->notifier->id, testing->notifier->settings.delivery.timeout_ms + GRACE_MS);
    status = plugin->open(&host.table, testing->notifier->config, &self, &testing->error);
    if (status == GW_OK)
        send_notice(testing, self);
    gw_overdue_end();
    if (status != GW_OK)
        return refuse(testing, status);
    exit_status = finish(testing);
    close_notifier(testing, self);
    return exit_status;
}

/* ---- what the command line says --------------------------------------------------------------------------------- */

static int choose_event(struct testing *testing)
{
    const char *file = gw_command_line_value(testing->line, GW_FLAG_EVENT);
    struct gw_error error = {0};
    enum gw_status status;

    if (file != NULL)
        status = gw_event_file_read(testing->arena, file, &testing->event, &error);
    else
        status = gw_event_file_example(testing->arena, gw_notify_usual_event(testing->bootstrap, testing->notifier),
                                       &testing->event, &error);
    if (status == GW_NOMEM)
        return gw_complain_memory(testing->line);
    return status == GW_OK ? GW_EXIT_DONE : gw_complain_usage(testing->line, "%s", error.text);
}

static int run(struct testing *testing)
{
    int exit_status = gw_notify_recipient(testing->line, testing->notifier, &testing->recipient);

    if (exit_status == GW_EXIT_DONE)
        exit_status = choose_event(testing);
    if (exit_status == GW_EXIT_DONE)
        exit_status = make_texts(testing);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    make_id(testing);
    return send_test(testing);
}

GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);

int gw_verb_notify_test(const struct gw_command_line *line)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], true);
    struct testing testing = {.line = line, .arena = arena};
    int exit_status;

    if (arena == NULL)
        return gw_complain_memory(line);
    request.only_component = line->operands[1];
    exit_status = gw_bootstrap_file_read(arena, &request, &testing.bootstrap);
    if (exit_status == GW_EXIT_DONE)
        exit_status = gw_notify_find(line, testing.bootstrap, line->operands[1], &testing.notifier);
    return exit_status == GW_EXIT_DONE ? run(&testing) : exit_status;
}
