/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a crash: what the process logs before it dies of a broken invariant (abort) or of a fault in the code
 * of a plugin or the core. There is one record for the signal, and one for each source that the crashed thread was
 * applying, with its offset, so that an operator can find the message and move the position behind it. Then the crash
 * continues.
 *
 * A thread that applies messages registers a witness, which describes them from the signal handler. It may read what
 * belongs to that thread and log with gw_log_text, and nothing else. If a thread without a witness crashes (of a
 * library, or the main thread), every witness describes its own thread, as far as that can be read.
 */
#ifndef GW_PROCESS_CRASH_REPORT_H
#define GW_PROCESS_CRASH_REPORT_H

#include "base/log.h"

#include <signal.h>

struct gw_crash_witness {
    void (*describe)(const void *context, const struct gw_log *log); /* NULL: only the component is known */
    const void *context;
    const char *component; /* the component that the thread belongs to */
    struct gw_crash_witness *next;
    void *stack; /* the alternate stack of the handler, for a stack overflow */
    stack_t before;
};

/* Reports crashes on this log from now on. The log must live as long as the process. Main thread, once. */
void gw_crash_report_install(const struct gw_log *log);

/* Registers the calling thread until it leaves. The witness belongs to the caller, who sets its first three members. */
void gw_crash_witness_enter(struct gw_crash_witness *witness);
void gw_crash_witness_leave(struct gw_crash_witness *witness);

/* Prevents core files, both in a folder and through a program that collects them, because they would contain the
 * passwords and messages that the process knows. */
void gw_crash_report_forbid_core(void);

#endif
