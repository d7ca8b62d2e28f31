/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

enum { HOST_MAX = 64 };

static bool read_port(const char *text, in_port_t *ret_port)
{
    unsigned port = 0;

    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (unsigned)(*text - '0');
    }
    *ret_port = htons((in_port_t)port);
    return port <= UINT16_MAX;
}

static bool read_v4(const char *host, in_port_t port, struct gw_address *ret_address)
{
    ret_address->socket.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    ret_address->length = sizeof ret_address->socket.v4;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ret_address->socket.v4.sin_addr) ==
           1;
}

static bool read_v6(char *host, in_port_t port, struct gw_address *ret_address)
{
    size_t length = strlen(host);

    if (length < 3 || host[length - 1] != ']')
        return false;
    host[length - 1] = '\0';
    ret_address->socket.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
    ret_address->length = sizeof ret_address->socket.v6;
    return inet_pton(AF_INET6, host + 1, &ret_address->socket.v6.sin6_addr) == 1;
}

bool gw_address_read(const char *text, struct gw_address *ret_address)
{
    const char *colon = strrchr(text, ':');
    char host[HOST_MAX];
    in_port_t port;

    *ret_address = (struct gw_address){0};
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !read_port(colon + 1, &port))
        return false;
    (void)memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    return host[0] == '[' ? read_v6(host, port, ret_address) : read_v4(host, port, ret_address);
}

bool gw_address_is_loopback(const struct gw_address *address)
{
    if (address->socket.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
    return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}
