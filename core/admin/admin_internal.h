/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the admin interface: admin.c (the HTTP server on the event loop), admin_listener.c (its
 * listeners and clients), admin_exchange.c (one request and its response).
 */
#ifndef GW_ADMIN_ADMIN_INTERNAL_H
#define GW_ADMIN_ADMIN_INTERNAL_H

#include "admin/admin.h"
#include "admin/admin_socket.h"

#include <microhttpd.h>

struct gw_admin_listener;

/* A connection. */
struct gw_admin_client {
    int fd;
    int64_t due_ms; /* its request must be over by then */
    struct gw_admin_listener *listener;
    struct gw_admin_client *previous;
    struct gw_admin_client *next;
};

struct gw_admin_listener {
    struct gw_admin *admin;
    bool is_local;
    bool is_open;
    struct gw_event_watch watch;
    struct gw_event_timer pause;    /* the system has no descriptors: it accepts again then */
    struct gw_event_timer deadline; /* of the oldest client */
    struct gw_admin_client *oldest; /* in the order of due_ms */
    struct gw_admin_client *newest;
    size_t client_count;
};

struct gw_admin {
    struct gw_admin_plan plan;
    struct MHD_Daemon *daemon;
    struct gw_event_watch watch;   /* of the daemon's epoll descriptor */
    struct gw_event_timer timeout; /* the daemon's */
    struct gw_admin_socket socket;
    struct gw_admin_listener local;
    struct gw_admin_listener tcp;
    struct gw_admin_listener *accepting; /* while it adds a connection */
};

/* Lets the daemon do what is due. */
void gw_admin_drive(struct gw_admin *admin);

/* ---- admin_listener.c */

/* Accepts from a descriptor that listens, which the caller keeps open. NOMEM. */
enum gw_status gw_admin_listener_open(struct gw_admin_listener *listener, int fd, struct gw_error *reterr);

/* Accepts no more. */
void gw_admin_listener_close(struct gw_admin_listener *listener);

/* A descriptor that listens at this address. CONFIG: it is in use, or not this machine's; NOMEM. */
enum gw_status gw_admin_listen(const char *text, int *ret_fd, struct gw_error *reterr);

/* Connections that the daemon opened and closed: an MHD_NotifyConnectionCallback. context: the admin. */
void gw_admin_on_connection(void *context, struct MHD_Connection *connection, void **client,
                            enum MHD_ConnectionNotificationCode code);

/* A request of this client is over: the time for the next one begins. */
void gw_admin_client_served(struct gw_admin_client *client);

/* ---- admin_exchange.c: an MHD_AccessHandlerCallback and an MHD_RequestCompletedCallback. context: the admin. */

enum MHD_Result gw_admin_on_request(void *context, struct MHD_Connection *connection, const char *path,
                                    const char *method, const char *version, const char *bytes, size_t *size,
                                    void **exchange);
void gw_admin_on_completed(void *context, struct MHD_Connection *connection, void **exchange,
                           enum MHD_RequestTerminationCode code);

#endif
