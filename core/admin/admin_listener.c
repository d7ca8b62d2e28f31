/* SPDX-License-Identifier: Apache-2.0 */
/* The listeners of the admin interface: accepting, and the limits on the number of clients and on their time. */
#include "admin/admin_internal.h"
#include "base/address.h"
#include "base/clock.h"

#include <gangway/host.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, ACCEPTS_PER_STEP = 16, PAUSE_MS = 1000 };

/* ---- the list of clients ---------------------------------------------------------------------------------------- */

static void set_deadline(struct gw_admin_listener *listener)
{
    struct gw_event_loop *loop = listener->admin->plan.loop;

    if (listener->oldest != NULL)
        gw_event_loop_set(loop, &listener->deadline, listener->oldest->due_ms);
    else
        gw_event_loop_cancel(loop, &listener->deadline);
}

static void append_client(struct gw_admin_client *client)
{
    struct gw_admin_listener *listener = client->listener;

    client->due_ms = gw_clock_monotonic_ms() + GW_ADMIN_REQUEST_MS;
    client->previous = listener->newest;
    client->next = NULL;
    if (listener->newest != NULL)
        listener->newest->next = client;
    else
        listener->oldest = client;
    listener->newest = client;
    listener->client_count++;
    set_deadline(listener);
}

static void remove_client(struct gw_admin_client *client)
{
    struct gw_admin_listener *listener = client->listener;

    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        listener->oldest = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    else
        listener->newest = client->previous;
    listener->client_count--;
    set_deadline(listener);
}

/* The daemon sees the end of the connection and closes it. Until then the client is the last to be told again. */
static void shut_oldest(struct gw_admin_listener *listener)
{
    struct gw_admin_client *client = listener->oldest;

    (void)shutdown(client->fd, SHUT_RDWR);
    remove_client(client);
    append_client(client);
}

void gw_admin_client_served(struct gw_admin_client *client)
{
    remove_client(client);
    append_client(client);
}

static void on_deadline(void *context)
{
    struct gw_admin_listener *listener = context;
    int64_t now_ms = gw_clock_monotonic_ms();

    while (listener->oldest != NULL && listener->oldest->due_ms <= now_ms)
        shut_oldest(listener);
    gw_admin_drive(listener->admin);
}

static int descriptor_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

void gw_admin_on_connection(void *context, struct MHD_Connection *connection, void **client,
                            enum MHD_ConnectionNotificationCode code)
{
    struct gw_admin *admin = context;
    struct gw_admin_client *added;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*client != NULL)
            remove_client(*client);
        free(*client);
        *client = NULL;
        return;
    }
    added = calloc(1, sizeof *added);
    if (added == NULL) { /* without it no deadline would end the connection */
        (void)shutdown(descriptor_of(connection), SHUT_RDWR);
        return;
    }
    added->fd = descriptor_of(connection);
    added->listener = admin->accepting;
    append_client(added);
    *client = added;
}

/* ---- accepting -------------------------------------------------------------------------------------------------- */

static void on_pause_over(void *context)
{
    struct gw_admin_listener *listener = context;
    struct gw_error error = {0};

    if (gw_event_loop_watch(listener->admin->plan.loop, &listener->watch, &error) != GW_OK)
        gw_event_loop_set(listener->admin->plan.loop, &listener->pause, gw_clock_monotonic_ms() + PAUSE_MS);
}

/* The connection that cannot be accepted stays in the backlog, so the listener would be ready again at once. */
static void pause_accepting(struct gw_admin_listener *listener)
{
    gw_event_loop_unwatch(listener->admin->plan.loop, &listener->watch);
    gw_event_loop_set(listener->admin->plan.loop, &listener->pause, gw_clock_monotonic_ms() + PAUSE_MS);
}

/* False: there is none, or none can be accepted now. */
static bool accept_one(struct gw_admin_listener *listener)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    int fd = accept4(listener->watch.fd, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_accepting(listener);
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (listener->client_count >= GW_ADMIN_MAX_CONNECTIONS) {
        shut_oldest(listener);
        gw_admin_drive(listener->admin);
    }
    listener->admin->accepting = listener;
    (void)MHD_add_connection(listener->admin->daemon, fd, (struct sockaddr *)&peer, length); /* closes it if it fails */
    return true;
}

static void on_ready(void *context, uint32_t ready)
{
    struct gw_admin_listener *listener = context;
    int accepted = 0;

    (void)ready;
    while (accepted < ACCEPTS_PER_STEP && accept_one(listener))
        accepted++;
    gw_admin_drive(listener->admin);
}

enum gw_status gw_admin_listener_open(struct gw_admin_listener *listener, int fd, struct gw_error *reterr)
{
    listener->watch = (struct gw_event_watch){.fd = fd, .wanted = GW_WAIT_READ, .ready = on_ready, .context = listener};
    listener->pause = (struct gw_event_timer){.fired = on_pause_over, .context = listener};
    listener->deadline = (struct gw_event_timer){.fired = on_deadline, .context = listener};
    listener->is_open = true;
    return gw_event_loop_watch(listener->admin->plan.loop, &listener->watch, reterr);
}

void gw_admin_listener_close(struct gw_admin_listener *listener)
{
    if (!listener->is_open)
        return;
    gw_event_loop_unwatch(listener->admin->plan.loop, &listener->watch);
    gw_event_loop_cancel(listener->admin->plan.loop, &listener->pause);
    listener->is_open = false;
}

enum gw_status gw_admin_listen(const char *text, int *ret_fd, struct gw_error *reterr)
{
    const int on = 1;
    struct gw_address address;
    int fd;

    if (!gw_address_read(text, &address))
        return gw_error_set(reterr, GW_CONFIG, "admin.listen: %s is no address", text);
    fd = socket(address.socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return gw_error_set_errno(reterr, GW_NOMEM, errno, "admin.listen: %s", text);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address.socket.any, address.length) != 0 || listen(fd, BACKLOG) != 0) {
        int failed = errno;

        (void)close(fd);
        return gw_error_set_errno(reterr, GW_CONFIG, failed, "admin.listen: %s", text);
    }
    *ret_fd = fd;
    return GW_OK;
}
