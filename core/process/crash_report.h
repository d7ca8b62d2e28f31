/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process says before it dies of a broken invariant (abort, by whomever) or of a fault in the code of a plugin
 * or of ours: one log record for the signal, and one for each source that the crashed thread had in hand, with its
 * offset, so that an operator can find the message and move the position past it. The crash then takes its course.
 *
 * A thread that has something in hand registers a witness, which describes it from the signal handler: it may read
 * what belongs to that thread and log with gw_log_text, and nothing else. When a thread without one crashes (a
 * library's own, the main thread), every witness describes what its thread has, as far as that can be read.
 */
#ifndef GW_PROCESS_CRASH_REPORT_H
#define GW_PROCESS_CRASH_REPORT_H

#include "base/log.h"

#include <signal.h>

struct gw_crash_witness {
    void (*describe)(const void *context, const struct gw_log *log); /* NULL: it has nothing to say but whose it is */
    const void *context;
    const char *component; /* whose thread it is */
    struct gw_crash_witness *next;
    void *stack; /* that the handler runs on, where the thread's own is used up */
    stack_t before;
};

/* From now on crashes are reported on this log, which stays for the life of the process. Main thread, once. */
void gw_crash_report_install(const struct gw_log *log);

/* The calling thread has something in hand until it leaves. The witness is the caller's, who sets its first
 * three members. */
void gw_crash_witness_enter(struct gw_crash_witness *witness);
void gw_crash_witness_leave(struct gw_crash_witness *witness);

/* No core file is written for a crash, neither into a folder nor to a program that collects them, because it would hold
 * the passwords and the messages that the process knows. */
void gw_crash_report_forbid_core(void);

#endif
