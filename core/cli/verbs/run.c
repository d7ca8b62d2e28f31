/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `run`: signals, log and summary around a gateway. */
#include "cli/verbs/run.h"

#include "base/clock.h"
#include "base/output.h"
#include "cli/bootstrap_file.h"
#include "cli/verbs.h"
#include "cli/verbs/run_admin.h"
#include "cli/verbs/run_notify.h"
#include "cli/verbs/summary.h"
#include "config/wiring.h"
#include "gateway/gateway.h"
#include "process/crash_report.h"
#include "worker/identity.h"

#include <gangway/scope.h>

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SUMMARY_MAX_BYTES = 64 * 1024 };

GW_DEFINE_AUTO(struct gw_admin, gw_admin_free);
GW_DEFINE_AUTO(struct gw_arena, gw_arena_free);
GW_DEFINE_AUTO(struct gw_configuration, gw_configuration_release);
GW_DEFINE_AUTO(struct gw_event_loop, gw_event_loop_free);

static int out_of_resources(void)
{
    (void)fputs("gangway: the system has no memory, descriptors or randomness to start with\n", stderr);
    return GW_EXIT_FAILED;
}

/* From now on these signals are read from a descriptor; threads inherit the mask. */
static int take_signals(const int *numbers, size_t count)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    for (size_t index = 0; index < count; index++)
        (void)sigaddset(&signals, numbers[index]);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Neither a peer that goes away nor a file that may not grow ends the process: the write fails instead. */
static void ignore_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    (void)sigaction(SIGHUP, &ignore, NULL);
}

/* A command has no file that could have changed: it ignores a hang-up. */
static bool open_signals(struct gw_gateway_plan *plan)
{
    static const int ends[] = {SIGTERM, SIGINT};
    static const int reload = SIGHUP;

    ignore_signals();
    plan->signals = take_signals(ends, gw_array_length(ends));
    plan->reloads = plan->ends_at_fault ? -1 : take_signals(&reload, 1);
    return plan->signals >= 0 && (plan->ends_at_fault || plan->reloads >= 0);
}

static void on_tick(void *context, const struct gw_gateway *gateway)
{
    struct gw_gateway_figures figures;

    gw_gateway_figures(gateway, &figures);
    gw_progress_show(context, &figures);
}

static int end_status(enum gw_status status, const struct gw_error *error, const struct gw_log *log)
{
    if (status == GW_CANCELLED)
        return GW_EXIT_DONE; /* a signal arrived before it ran */
    gw_log_event(log, GW_CODE_GATEWAY_FAILED, NULL, "the gateway cannot start: %s", error->text);
    return status == GW_CONFIG || status == GW_ABI ? GW_EXIT_CONFIG : GW_EXIT_FAILED;
}

/* Prints the summary and checks that it was written: a full disk is a failure, a reader that does not read is none. */
static int print_summary(struct gw_output *output, const struct gw_buffer *text, const struct gw_log *log)
{
    int failed = gw_output_write(output, text->ptr, text->len);

    if (failed == 0 || failed == EAGAIN)
        return GW_EXIT_DONE;
    gw_log_event(log, GW_CODE_SUMMARY_NOT_WRITTEN, NULL,
                 "cannot write the summary to standard %s: %s; state and events are complete",
                 output == gw_output_standard(STDOUT_FILENO) ? "output" : "error", strerror(failed));
    return GW_EXIT_FAILED;
}

static int end_run(struct gw_output *output, const struct gw_gateway_figures *figures, enum gw_gateway_end end,
                   int64_t elapsed_ms, gw_summary_fn *summarize, const struct gw_log *log)
{
    struct gw_buffer text;
    int exit_status;

    gw_buffer_init(&text, SUMMARY_MAX_BYTES);
    summarize(&text, figures, end, elapsed_ms);
    gw_log_report_dropped(log);
    exit_status = print_summary(output, &text, log);
    gw_buffer_done(&text);
    return end == GW_GATEWAY_FAILED ? GW_EXIT_FAILED : exit_status;
}

/* A command that somebody waits for has no admin interface. */
static enum gw_status open_gateway(const struct gw_gateway_plan *plan, struct gw_gateway **gateway,
                                   struct gw_admin **ret_admin, struct gw_error *reterr)
{
    enum gw_status status = GW_OK;

    if (!plan->ends_at_fault)
        status = gw_run_admin_open(plan, gateway, ret_admin, reterr);
    return status == GW_OK ? gw_gateway_new(plan, gateway, reterr) : status;
}

static int run_gateway(struct gw_gateway_plan *plan, gw_summary_fn *summarize, bool *ret_is_freed)
{
    const struct gw_bootstrap *bootstrap = gw_configuration_bootstrap(plan->configuration);
    struct gw_output *results = gw_output_standard(gw_wiring_uses_stdout(bootstrap) ? STDERR_FILENO : STDOUT_FILENO);
    static struct gw_log log; /* lives as long as the process, because crashes are reported on it */
    struct gw_progress progress;
    struct gw_run_notify notify;
    gw_auto(gw_admin_free) struct gw_admin *admin = NULL;
    struct gw_gateway *gateway = NULL;
    struct gw_gateway_figures figures;
    struct gw_error error = {0};
    enum gw_gateway_end end = GW_GATEWAY_FAILED;
    int64_t started_ms = gw_clock_monotonic_ms();
    enum gw_status status;

    log = gw_bootstrap_log(bootstrap);
    gw_crash_report_install(&log);
    gw_progress_init(&progress, results, &log);
    plan->log = &log;
    plan->tick = progress.output != NULL ? on_tick : NULL;
    plan->tick_context = &progress;
    gw_run_notify_begin(&notify, plan, &gateway);
    status = open_gateway(plan, &gateway, &admin, &error);
    if (status == GW_OK)
        status = gw_gateway_run(gateway, &end, &error);
    gw_run_notify_end(&notify);
    if (gateway == NULL)
        return end_status(status, &error, &log);
    gw_progress_clear(&progress);
    gw_gateway_figures(gateway, &figures);
    *ret_is_freed = gw_gateway_free(gateway);
    if (status != GW_OK)
        return end_status(status, &error, &log);
    return end_run(results, &figures, end, gw_clock_monotonic_ms() - started_ms, summarize, &log);
}

/* A thread still runs in a plugin: what runs at exit(3) must not be taken away from it. */
static _Noreturn void leave(int exit_status)
{
    (void)fflush(NULL);
    _exit(exit_status);
}

/* The configuration owns the arena from then on. */
static int read_configuration(const struct gw_bootstrap_request *request, struct gw_configuration **ret_configuration)
{
    gw_auto(gw_arena_free) struct gw_arena *arena = gw_bootstrap_arena_new();
    const struct gw_bootstrap *bootstrap = NULL;
    int exit_status;

    if (arena == NULL)
        return out_of_resources();
    exit_status = gw_bootstrap_service_read(arena, request, &bootstrap);
    if (exit_status != GW_EXIT_DONE)
        return exit_status;
    *ret_configuration = gw_configuration_new(arena, bootstrap);
    if (*ret_configuration == NULL)
        return out_of_resources();
    (void)gw_take(arena);
    return GW_EXIT_DONE;
}

int gw_run(const struct gw_bootstrap_request *request, bool ends_at_fault, gw_summary_fn *summarize)
{
    gw_auto(gw_configuration_release) struct gw_configuration *configuration = NULL;
    gw_auto(gw_event_loop_free) struct gw_event_loop *loop = gw_event_loop_new();
    struct gw_gateway_plan plan = {.loop = loop, .request = request, .ends_at_fault = ends_at_fault};
    bool is_freed = true;
    int exit_status;

    if (loop == NULL || !open_signals(&plan) || !gw_identity_init())
        return out_of_resources();
    exit_status = read_configuration(request, &configuration);
    if (exit_status == GW_EXIT_DONE) {
        plan.configuration = configuration;
        exit_status = run_gateway(&plan, summarize, &is_freed);
    }
    (void)close(plan.signals);
    if (plan.reloads >= 0)
        (void)close(plan.reloads);
    if (!is_freed)
        leave(exit_status);
    return exit_status;
}

/*
 * glibc makes up to eight arenas per processor and keeps what was freed in each. Every apply makes and ends threads, so
 * memory would spread over all of them. Two are enough: the threads of the core allocate little while they work.
 * Whoever sets MALLOC_ARENA_MAX decides otherwise.
 */
static void limit_memory_arenas(void)
{
    if (getenv("MALLOC_ARENA_MAX") == NULL)
        (void)mallopt(M_ARENA_MAX, 2);
}

int gw_verb_run(const struct gw_command_line *line)
{
    struct gw_bootstrap_request request = gw_bootstrap_request_of(line, line->operands[0], true);

    limit_memory_arenas();
    return gw_run(&request, false, gw_summary_print);
}
