/* SPDX-License-Identifier: Apache-2.0 */
/* The signal handler and the list of witnesses. Code that runs in the handler allocates nothing and takes no lock. */
#include "process/crash_report.h"

#include <gangway/scope.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { STACK_BYTES = 64 * 1024, PATIENCE_MS = 5000 };

static const struct deadly {
    int number;
    const char *name;
} deadly[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};

static struct sigaction before[sizeof deadly / sizeof deadly[0]]; /* the handlers of a sanitizer, or the default */
static const struct gw_log *_Atomic report_log;
static struct gw_crash_witness *_Atomic witnesses;
static _Thread_local struct gw_crash_witness *own_witness;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects changes of the list */
static atomic_bool is_reporting;

/* ---- in the handler --------------------------------------------------------------------------------------------- */

static void describe_all(const struct gw_log *log)
{
    for (const struct gw_crash_witness *witness = atomic_load(&witnesses); witness != NULL; witness = witness->next)
        if (witness->describe != NULL)
            witness->describe(witness->context, log);
}

static void report(const struct gw_log *log, const char *signal_name)
{
    const struct gw_crash_witness *own = own_witness;
    struct gw_log_field field = gw_log_field_of("signal", signal_name);

    gw_output_unlock(log->output);
    gw_log_text(
        log, own != NULL ? GW_CODE_CRASH_OF_COMPONENT : GW_CODE_CRASH_OF_LIBRARY, own != NULL ? own->component : NULL,
        &field, 1,
        own != NULL
            ? "the thread of this component crashed and the process ends; the next records list the messages "
              "that it was processing; none is lost: they are read again after a restart"
            : "a thread that holds no messages crashed and the process ends; the next records list the messages "
              "that the workers were processing; none is lost: they are read again after a restart");
    if (own == NULL)
        describe_all(log);
    else if (own->describe != NULL)
        own->describe(own->context, log);
}

/* Lets the crash continue: a fault happens again when the handler returns; a signal that was sent is sent again. */
static void take_course(int number, const siginfo_t *info)
{
    for (size_t index = 0; index < gw_array_length(deadly); index++)
        if (deadly[index].number == number)
            (void)sigaction(number, &before[index], NULL);
    if (info->si_code <= 0)
        (void)raise(number);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    const struct gw_log *log = atomic_load(&report_log);
    const char *name = "unknown";

    (void)context;
    for (size_t index = 0; index < gw_array_length(deadly); index++)
        if (deadly[index].number == number)
            name = deadly[index].name;
    if (atomic_exchange(&is_reporting, true))
        (void)poll(NULL, 0, PATIENCE_MS); /* another thread crashed before, and ends the process when it has reported */
    else if (log != NULL && log->output != NULL)
        report(log, name);
    take_course(number, info);
}

/* ---- setting up ------------------------------------------------------------------------------------------------- */

void gw_crash_report_install(const struct gw_log *log)
{
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    atomic_store(&report_log, log);
    (void)sigfillset(&action.sa_mask);
    for (size_t index = 0; index < gw_array_length(deadly); index++)
        (void)sigaction(deadly[index].number, &action, &before[index]);
}

void gw_crash_witness_enter(struct gw_crash_witness *witness)
{
    stack_t stack = {.ss_size = STACK_BYTES};

    witness->stack = stack.ss_sp = malloc(STACK_BYTES);
    if (stack.ss_sp != NULL && sigaltstack(&stack, &witness->before) != 0) {
        free(witness->stack);
        witness->stack = NULL;
    }
    (void)pthread_mutex_lock(&lock);
    witness->next = atomic_load(&witnesses);
    atomic_store(&witnesses, witness);
    (void)pthread_mutex_unlock(&lock);
    own_witness = witness;
}

static void unlink_witness(const struct gw_crash_witness *witness)
{
    struct gw_crash_witness *other = atomic_load(&witnesses);

    if (other == witness) {
        atomic_store(&witnesses, witness->next);
        return;
    }
    while (other != NULL && other->next != witness)
        other = other->next;
    if (other != NULL)
        other->next = witness->next;
}

void gw_crash_witness_leave(struct gw_crash_witness *witness)
{
    own_witness = NULL;
    (void)pthread_mutex_lock(&lock);
    unlink_witness(witness);
    (void)pthread_mutex_unlock(&lock);
    if (witness->stack != NULL)
        (void)sigaltstack(&witness->before, NULL);
    free(witness->stack);
    witness->stack = NULL;
}

/* The limit is one byte: too little for a core file, and the value at which the kernel starts no program that collects
 * core files. 0 would not prevent that (core(5); do_coredump). The hard limit stays, so `prlimit` can allow a core file
 * while the process runs. */
void gw_crash_report_forbid_core(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max > 0 ? 1 : 0;
    (void)setrlimit(RLIMIT_CORE, &limit);
}
