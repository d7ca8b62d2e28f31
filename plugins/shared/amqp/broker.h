/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker of an instance, made of its options: where its nodes are, how to log in, and the name that its connections
 * have in the broker's management. Opening a link tries the nodes in turn.
 *
 * Life cycle: init, then open any number of times, then done. One thread. Options and host are borrowed until done.
 */
#ifndef RABBIT_BROKER_H
#define RABBIT_BROKER_H

#include "address.h"
#include "link.h"
#include "options.h"

#include <gangway/error.h>
#include <gangway/host.h>

#include <stddef.h>

enum { RABBIT_NAME_MAX = 256 };

struct rabbit_broker {
    const struct gw_host *host;
    const struct rabbit_options *options;
    struct rabbit_address address; /* of the URL: login and virtual host, and the only node without `hosts` */
    struct rabbit_address *nodes;  /* of `hosts`; NULL: none */
    size_t node_count;             /* at least 1 */
    size_t next;                   /* the node that is tried first next time */
    size_t last;                   /* the node of the last attempt */
    struct rabbit_tls *tls;        /* NULL: not encrypted */
    char name[RABBIT_NAME_MAX];
    int64_t limit_ms; /* the owner's: no connection and no answer is waited for longer; 0: no limit */
};

/* Reads URL, hosts and PEM files. OK; CONFIG: one of them is wrong; NOMEM. Call rabbit_broker_done in either case. */
enum gw_status rabbit_broker_init(struct rabbit_broker *broker, const struct gw_host *host,
                                  const struct rabbit_options *options, struct gw_error *reterr);

/* Frees the memory. No link uses the broker any more. All zeros are fine. */
void rabbit_broker_done(struct rabbit_broker *broker);

/* Opens a link (link.h) to the first node that answers, beginning behind the one that was used last; each has
 * `connect_timeout`. max_body: of messages that are kept whole, in bytes. OK; TRANSIENT: no node answers; CONFIG: every
 * node refuses; NOMEM; CANCELLED. The error is that of the last node that was tried. */
enum gw_status rabbit_broker_open(struct rabbit_broker *broker, struct rabbit_link *link, size_t max_body,
                                  struct gw_error *reterr);

/* The node of the last attempt. */
const struct rabbit_address *rabbit_broker_node(const struct rabbit_broker *broker);

/* When an answer that is asked for now is due: `connect_timeout` from now, or at limit_ms where that is
 * sooner, by the host's clock. */
int64_t rabbit_broker_deadline(const struct rabbit_broker *broker);

#endif
