/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running gateway: one repository instance, the workers of every entrypoint, and a relay for every destination. The
 * main thread creates, runs and frees it.
 */
#ifndef GW_GATEWAY_GATEWAY_H
#define GW_GATEWAY_GATEWAY_H

#include "base/buffer.h"
#include "base/log.h"
#include "config/configuration.h"
#include "process/event_loop.h"

#include <gangway/error.h>
#include <gangway/message.h>

#include <stdbool.h>
#include <stdint.h>

struct gw_gateway;

/* What a gateway enters after its start, in this order. */
enum gw_gateway_phase {
    GW_GATEWAY_RUNNING, /* all threads run */
    GW_GATEWAY_DRAINING /* it was asked to stop */
};

struct gw_gateway_plan {
    struct gw_configuration *configuration; /* of a file that was read with its secrets; borrowed until free */
    const struct gw_log *log;
    struct gw_event_loop *loop; /* the main thread's */
    int signals;                /* a descriptor that is readable when the process is asked to stop */
    int reloads;                /* a signalfd of the signals that ask to apply the file again; -1: none */
    const struct gw_bootstrap_request *request; /* of that file; borrowed until free */
    bool ends_at_fault; /* what only an operator can change ends it as failed: somebody waits for this process */

    /* Called on the main thread a few times a second while it runs; NULL: not, and an idle gateway's main thread
     * sleeps. */
    void (*tick)(void *context, const struct gw_gateway *gateway);
    void *tick_context;

    /* Called on the main thread when it enters a phase; NULL: not. */
    void (*entered)(void *context, enum gw_gateway_phase phase);
    void *entered_context;
};

/* The totals of all threads. */
struct gw_gateway_figures {
    uint64_t received;
    uint64_t settled[GW_OUTCOME_RETURNED + 1]; /* by enum gw_outcome */
    uint64_t conflicts;
    uint64_t progress_done; /* of finite inputs; total 0: not known */
    uint64_t progress_total;
    uint64_t lag;                 /* messages that its sources have and that were not read yet, where that is known */
    uint64_t stopped_sources;     /* that wait for an operator */
    uint32_t lag_sources;         /* how many sources lag covers; 0: it is not known */
    uint64_t sent;                /* events published and notices sent */
    uint64_t retried;             /* delivery attempts that failed and are repeated */
    uint64_t dead_rows;           /* rows that their destination refused permanently */
    uint64_t log_records_dropped; /* because the reader of the log was too slow */
};

/* Why a gateway ended. */
enum gw_gateway_end {
    GW_GATEWAY_FINISHED, /* every input is exhausted, and everything is delivered */
    GW_GATEWAY_STOPPED,  /* it received a signal to stop, and has drained */
    GW_GATEWAY_CUT_OFF, /* it received a signal to stop, and something did not end in time; that is repeated at the next
                           start */
    GW_GATEWAY_FAILED   /* every worker has ended, and not all of them because their input is exhausted */
};

/*
 * Opens the repository, claims it, migrates its schema unless the file says not to, and opens an instance of every
 * plugin. It waits for a repository that is unreachable, and runs the loop meanwhile: *ret_gateway is set at the
 * beginning, so that callbacks of the loop can report what it waits for, and NULL again after a failure. OK; CONFIG;
 * NOMEM; CANCELLED: a signal to stop arrived meanwhile.
 */
enum gw_status gw_gateway_new(const struct gw_gateway_plan *plan, struct gw_gateway **ret_gateway,
                              struct gw_error *reterr);

/* False: a call of a plugin has not returned although it was cancelled. Then nothing that it may use is freed, and the
 * process must end with _exit(2). NULL is allowed. */
bool gw_gateway_free(struct gw_gateway *gateway);

/* Starts all threads and returns when they have ended. OK; NOMEM: not all could be started. */
enum gw_status gw_gateway_run(struct gw_gateway *gateway, enum gw_gateway_end *ret_end, struct gw_error *reterr);

/* May be called at any time from gw_gateway_new to free. */
void gw_gateway_figures(const struct gw_gateway *gateway, struct gw_gateway_figures *ret_figures);

/* Appends the configuration in force as JSON, as config_json.h says. OK, NOMEM. */
enum gw_status gw_gateway_append_config(struct gw_gateway *gateway, struct gw_arena *arena, struct gw_buffer *buffer);

#endif
