/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives an HTTP server of libmicrohttpd by the event loop: its epoll descriptor is watched, its time-out is a timer.
 * It accepts nothing itself, because it would spin while the system has no descriptors.
 */
#include "admin/admin.h"

#include "admin/admin_internal.h"
#include "base/clock.h"

#include <gangway/host.h>

#include <stdlib.h>
#include <unistd.h>

/* Connections that were told to close still count, until the daemon has run. */
enum { DAEMON_MAX_CONNECTIONS = 4 * GW_ADMIN_MAX_CONNECTIONS };

static void set_timeout(struct gw_admin *admin)
{
    MHD_UNSIGNED_LONG_LONG left_ms;

    if (MHD_get_timeout(admin->daemon, &left_ms) == MHD_YES)
        gw_event_loop_set(admin->plan.loop, &admin->timeout, gw_clock_monotonic_ms() + (int64_t)left_ms);
    else
        gw_event_loop_cancel(admin->plan.loop, &admin->timeout);
}

void gw_admin_drive(struct gw_admin *admin)
{
    (void)MHD_run(admin->daemon);
    set_timeout(admin);
}

static void on_ready(void *context, uint32_t ready)
{
    (void)ready;
    gw_admin_drive(context);
}

static void on_timeout(void *context)
{
    gw_admin_drive(context);
}

static enum gw_status start_daemon(struct gw_admin *admin, struct gw_error *reterr)
{
    const union MHD_DaemonInfo *info;

    admin->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, gw_admin_on_request, admin,
                         MHD_OPTION_NOTIFY_COMPLETED, gw_admin_on_completed, admin, MHD_OPTION_NOTIFY_CONNECTION,
                         gw_admin_on_connection, admin, MHD_OPTION_CONNECTION_LIMIT, (unsigned)DAEMON_MAX_CONNECTIONS,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)GW_ADMIN_HEAD_MAX_BYTES,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(GW_ADMIN_IDLE_MS / 1000), MHD_OPTION_END);
    if (admin->daemon == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory or descriptors for the admin interface");
    info = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    admin->watch =
        (struct gw_event_watch){.fd = info->epoll_fd, .wanted = GW_WAIT_READ, .ready = on_ready, .context = admin};
    return gw_event_loop_watch(admin->plan.loop, &admin->watch, reterr);
}

/* A socket that the file names is needed; without one in the runtime directory the gateway runs too. */
static enum gw_status open_local(struct gw_admin *admin, struct gw_error *reterr)
{
    enum gw_status status;

    if (admin->plan.socket != NULL)
        status = gw_admin_socket_open(admin->plan.socket, &admin->socket, reterr);
    else
        status = gw_admin_socket_open_default(admin->plan.service, &admin->socket, reterr);
    if (status == GW_OK)
        return gw_admin_listener_open(&admin->local, admin->socket.fd, reterr);
    if (admin->plan.socket != NULL)
        return status;
    gw_log_event(admin->plan.log, GW_CODE_ADMIN_SOCKET_MISSING, NULL,
                 "no admin socket: %s; the gateway runs, but gangway status cannot reach it: set admin.socket",
                 reterr->text);
    return GW_OK;
}

static enum gw_status open_tcp(struct gw_admin *admin, struct gw_error *reterr)
{
    enum gw_status status;
    int fd;

    if (admin->plan.listen == NULL)
        return GW_OK;
    status = gw_admin_listen(admin->plan.listen, &fd, reterr);
    return status == GW_OK ? gw_admin_listener_open(&admin->tcp, fd, reterr) : status;
}

static enum gw_status admin_open(struct gw_admin *admin, struct gw_error *reterr)
{
    enum gw_status status = start_daemon(admin, reterr);

    if (status == GW_OK)
        status = open_local(admin, reterr);
    return status == GW_OK ? open_tcp(admin, reterr) : status;
}

enum gw_status gw_admin_new(const struct gw_admin_plan *plan, struct gw_admin **ret_admin, struct gw_error *reterr)
{
    struct gw_admin *admin = calloc(1, sizeof *admin);
    enum gw_status status;

    if (admin == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for the admin interface");
    admin->plan = *plan;
    admin->socket.fd = admin->socket.lock = -1;
    admin->local = (struct gw_admin_listener){.admin = admin, .is_local = true};
    admin->tcp = (struct gw_admin_listener){.admin = admin};
    admin->timeout = (struct gw_event_timer){.fired = on_timeout, .context = admin};
    status = admin_open(admin, reterr);
    if (status != GW_OK) {
        gw_admin_free(admin);
        return status;
    }
    *ret_admin = admin;
    return GW_OK;
}

void gw_admin_free(struct gw_admin *admin)
{
    if (admin == NULL)
        return;
    gw_admin_listener_close(&admin->local);
    if (admin->tcp.is_open)
        (void)close(admin->tcp.watch.fd);
    gw_admin_listener_close(&admin->tcp);
    gw_admin_socket_close(&admin->socket);
    if (admin->daemon != NULL) {
        gw_event_loop_unwatch(admin->plan.loop, &admin->watch);
        MHD_stop_daemon(admin->daemon);
    }
    gw_event_loop_cancel(admin->plan.loop, &admin->timeout);
    free(admin);
}

const char *gw_admin_socket_path(const struct gw_admin *admin)
{
    return admin->socket.fd >= 0 ? admin->socket.address.sun_path : NULL;
}
