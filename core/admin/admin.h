/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin interface: HTTP/1.1 on a Unix socket, for every route, and on a TCP listener if the file names one, for
 * routes that only read.
 *
 * Life cycle: new opens both, from then on requests are answered in steps of the event loop; free closes them. All on
 * the loop's thread. A handler runs there too, so it returns at once.
 *
 * A client can hold up no other one: what a request may take of memory and time is limited, and when all connections of
 * a listener are taken, the one that has waited longest for its request is closed.
 */
#ifndef GW_ADMIN_ADMIN_H
#define GW_ADMIN_ADMIN_H

#include "base/buffer.h"
#include "base/log.h"
#include "process/event_loop.h"

#include <gangway/text.h>

#include <stdbool.h>
#include <stddef.h>

enum {
    GW_ADMIN_HEAD_MAX_BYTES = 16 * 1024,       /* request line and headers; more is 414 or 431 */
    GW_ADMIN_BODY_MAX_BYTES = 2 * 1024 * 1024, /* more is 413 */
    GW_ADMIN_RESPONSE_MAX_BYTES = 64 * 1024 * 1024,
    GW_ADMIN_MAX_CONNECTIONS = 32,  /* of each listener */
    GW_ADMIN_IDLE_MS = 10 * 1000,   /* a connection on which nothing comes or goes is closed */
    GW_ADMIN_REQUEST_MS = 20 * 1000 /* so is one whose next request is not over by then */
};

struct gw_admin;

struct gw_admin_request {
    const char *method;
    const char *path;    /* without the query, unescaped */
    struct gw_text body; /* empty: none */
    bool wants_json;     /* `?format=json`, or Accept names application/json before text/plain */
    bool is_local;       /* it came over the Unix socket */
    void *connection;    /* for gw_admin_request_query */
};

/* A parameter of the query, unescaped; NULL: it has none of this name. */
const char *gw_admin_request_query(const struct gw_admin_request *request, const char *name);

struct gw_admin_response {
    unsigned status;          /* 200 unless the handler sets another */
    const char *content_type; /* static; NULL: text/plain in UTF-8 */
    struct gw_buffer body;    /* that has failed: the client gets 500 */
};

struct gw_admin_route {
    const char *method; /* GET is for HEAD too */
    const char *path;
    bool socket_only; /* does not exist on the TCP listener */
    void (*handle)(void *context, const struct gw_admin_request *request, struct gw_admin_response *response);
    void *context;
};

/* Borrowed until free. */
struct gw_admin_plan {
    struct gw_event_loop *loop;
    const struct gw_log *log;
    const char *service;
    const char *socket; /* its path; NULL: one in the runtime directory, or none with a warning */
    const char *listen; /* an address that gw_address_read accepts; NULL: no TCP listener */
    const struct gw_admin_route *routes;
    size_t route_count;
};

/*
 * OK; CONFIG: the socket that the plan names is another gateway's, is no socket or cannot be created, or the address is
 * in use; NOMEM.
 */
enum gw_status gw_admin_new(const struct gw_admin_plan *plan, struct gw_admin **ret_admin, struct gw_error *reterr);

/* Ends all connections and removes the socket. NULL is allowed. */
void gw_admin_free(struct gw_admin *admin);

/* The path of the Unix socket; NULL: there is none. */
const char *gw_admin_socket_path(const struct gw_admin *admin);

#endif
