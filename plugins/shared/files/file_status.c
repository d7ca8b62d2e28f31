/* SPDX-License-Identifier: Apache-2.0 */
/* See file_status.h. */
#include "file_status.h"

#include <errno.h>

enum gw_status file_status(int os_error)
{
    switch (os_error) {
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case ENOTDIR:
    case ENOENT:
    case ELOOP:
    case ENAMETOOLONG:
    case EBADF:
        return GW_CONFIG;
    case ENOMEM:
        return GW_NOMEM;
    default:
        return GW_TRANSIENT;
    }
}
