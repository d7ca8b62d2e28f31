/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Unix socket of the admin interface, and its lock: PATH.lock beside it is locked as long as the process has the
 * socket. So a socket whose lock is free was left by a process that is gone, and is replaced.
 */
#ifndef GW_ADMIN_ADMIN_SOCKET_H
#define GW_ADMIN_ADMIN_SOCKET_H

#include <gangway/error.h>

#include <stdbool.h>
#include <sys/un.h>

enum { GW_ADMIN_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path }; /* with its NUL byte */

struct gw_admin_socket {
    int fd;   /* it listens; -1: there is none */
    int lock; /* -1: there is none */
    struct sockaddr_un address;
};

/* The directory of sockets without a name in the file: $XDG_RUNTIME_DIR where that is set, else /run/gangway. Sockets
 * of other programs may be there too. False: the path is too long. */
bool gw_admin_runtime_directory(char *ret_path, size_t size);

/* Listens at this path; a directory that is missing is created. CONFIG: a live socket or something else is there, or it
 * cannot be created. */
enum gw_status gw_admin_socket_open(const char *path, struct gw_admin_socket *ret_socket, struct gw_error *reterr);

/* Listens at SERVICE.PID.sock in the runtime directory, which must be this user's own, and removes sockets there whose
 * processes are gone. CONFIG: it cannot be created. */
enum gw_status gw_admin_socket_open_default(const char *service, struct gw_admin_socket *ret_socket,
                                            struct gw_error *reterr);

/* Whether a gateway listens there that this user can reach: the lock is beside it. Other programs' sockets are left
 * alone. */
bool gw_admin_socket_is_live(const char *path);

/* Removes the socket and its lock. */
void gw_admin_socket_close(struct gw_admin_socket *socket);

#endif
