/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a broker with one channel, and the loop that serves it.
 *
 * Life cycle
 *
 *   init    No connection. The owner's functions are set.
 *   open    Connects, logs in and opens the channel, within a deadline. It waits through the host only.
 *   call    Sends a method and serves the connection until its answer has come.
 *   ask     The same on a channel of its own, where a refusal does not end the connection.
 *   serve   Writes and reads what can be written and read without blocking, hands contents and methods to the owner,
 *           and sends heartbeats. The owner calls it from poll or publish, and from keepalive.
 *   close   Ends the connection. The link can be opened again, as another generation.
 *
 * Any failure, the owner's channel that the broker closes included, ends the connection: failure has the cause, every
 * later call returns it, and nothing but close and open helps. So what the owner knows of a connection (delivery tags,
 * confirms) is valid for one generation and as long as no call has failed.
 *
 * A silent broker is noticed after two heartbeats. A paused link does not read, so it does not judge silence; it still
 * sends heartbeats, and the kernel notices a peer that does not acknowledge them.
 *
 * Threads: one thread uses a link. Ownership: texts of the settings are borrowed for open.
 */
#ifndef RABBIT_LINK_H
#define RABBIT_LINK_H

#include "content.h"
#include "library.h"
#include "outgoing.h"
#include "tls.h"
#include "wire.h"

#include <gangway/error.h>
#include <gangway/host.h>

#include <stdbool.h>
#include <stdint.h>

enum {
    RABBIT_CHANNEL = 1,
    RABBIT_SIDE_CHANNEL = 2,
    RABBIT_LINK_FRAME_MAX = 128 * 1024,
    RABBIT_BLOCKED_MAX = 128,
    RABBIT_VERSION_MAX = 32
};

/* What the owner gets while it serves the link. */
struct rabbit_owner {
    void *context;

    /* A whole delivery or returned event, which is now the owner's. OK; anything else ends the connection. */
    enum gw_status (*content)(void *context, struct rabbit_content *content, struct gw_error *reterr);

    /* A method of the channel that answers no call: basic.ack, basic.nack, basic.cancel. Borrowed for the call. OK;
     * anything else ends the connection. NULL: such a method is an error. The owner calls nothing of the link. */
    enum gw_status (*method)(void *context, const amqp_method_t *method, struct gw_error *reterr);
};

struct rabbit_settings {
    const struct rabbit_tls *tls; /* NULL: not encrypted */
    const char *host;
    const char *port;
    const char *vhost;
    const char *user;     /* NULL: the certificate is the login (SASL EXTERNAL) */
    const char *password; /* NULL: an empty one */
    const char *name;     /* of the connection, for the broker's management */
    int64_t heartbeat_ms; /* at least 1000; the broker may have it shorter */
    size_t max_body;      /* the longest body that is kept whole, in bytes */
};

struct rabbit_link {
    const struct gw_host *host;
    struct rabbit_owner owner;
    struct rabbit_wire wire;
    uint64_t generation;
    uint32_t frame_max;
    int64_t heartbeat_ms;
    int64_t received_ms;              /* when something was read last */
    int64_t sent_ms;                  /* when something was written last */
    bool is_paused;                   /* the owner's: nothing is read while it is set */
    bool is_blocked;                  /* the broker takes no events at the moment, because of an alarm */
    char blocked[RABBIT_BLOCKED_MAX]; /* its reason */
    struct gw_error failure;          /* status OK: none */
    char *in;                         /* bytes that were read */
    size_t in_len;
    size_t in_at; /* those before it were handled */
    struct rabbit_outgoing out;
    struct rabbit_assembly assembly;
    amqp_pool_t pool;
    amqp_method_number_t awaited; /* 0: no call waits */
    amqp_method_t answer;
    bool is_answered;
    bool has_side;                    /* the side channel is open */
    bool is_closed_there;             /* the broker has closed connection or channel */
    uint16_t refused;                 /* the reply code of the last refusal on the side channel */
    char version[RABBIT_VERSION_MAX]; /* of the broker, as it says; may be empty */
};

void rabbit_link_init(struct rabbit_link *link, const struct gw_host *host, const struct rabbit_owner *owner);

/* OK; TRANSIENT: no broker answers; CONFIG: the login or the virtual host is refused; NOMEM; CANCELLED. */
enum gw_status rabbit_link_open(struct rabbit_link *link, const struct rabbit_settings *settings, int64_t deadline_ms,
                                struct gw_error *reterr);

bool rabbit_link_is_open(const struct rabbit_link *link);

/* Never blocks. OK; otherwise why the connection ended: the status for its cause (status.h), or NOMEM. PERMANENT: the
 * broker refuses one of the messages that were published and not confirmed, because it is too long. */
enum gw_status rabbit_link_serve(struct rabbit_link *link, struct gw_error *reterr);

/* Waits until the link has something to serve, at most until the deadline, and shorter where a heartbeat is due. Serve
 * first: bytes that were read and not handled do not end a wait. OK; CANCELLED. */
enum gw_status rabbit_link_wait(struct rabbit_link *link, int64_t deadline_ms, struct gw_error *reterr);

/* Adds a method of the channel to what is sent. OK; otherwise as rabbit_outgoing_method. */
enum gw_status rabbit_link_send(struct rabbit_link *link, amqp_method_number_t number, void *method,
                                struct gw_error *reterr);

/* Adds an event to what is sent: basic.publish, properties and body, which are borrowed for the call. OK; otherwise as
 * rabbit_outgoing_content. */
enum gw_status rabbit_link_publish(struct rabbit_link *link, amqp_basic_publish_t *publish,
                                   amqp_basic_properties_t *properties, struct gw_text body, struct gw_error *reterr);

/* Sends a method on a channel (0 or RABBIT_CHANNEL) and waits for its answer; number 0 sends nothing. OK: *ret_answer,
 * if not NULL, is valid until the link is served again. TRANSIENT: no answer until the deadline, which ends the
 * connection. Else as rabbit_link_serve; CANCELLED. */
enum gw_status rabbit_link_call(struct rabbit_link *link, uint16_t channel, amqp_method_number_t number, void *method,
                                amqp_method_number_t expected, int64_t deadline_ms, amqp_method_t *ret_answer,
                                struct gw_error *reterr);

/* Asks on the side channel and waits for the answer, as rabbit_link_call. CONFIG and other statuses of status.h: the
 * broker refuses, as for a queue that does not exist; rabbit_link_is_open then says that the connection still works. */
enum gw_status rabbit_link_ask(struct rabbit_link *link, amqp_method_number_t number, void *method,
                               amqp_method_number_t expected, int64_t deadline_ms, amqp_method_t *ret_answer,
                               struct gw_error *reterr);

/* Ends the connection. is_polite: tells the broker, and sends what waits, as far as the socket takes it at once. */
void rabbit_link_close(struct rabbit_link *link, bool is_polite);

#endif
