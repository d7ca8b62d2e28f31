/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a copy of the URL in place. See address.h. */
#include "address.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_HIGHEST = 65535 };

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Decodes in place. False: a `%` without two digits, or an encoded NUL. */
static bool decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        int high;
        int low;

        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        high = hex_digit(from[1]);
        low = high >= 0 ? hex_digit(from[2]) : -1;
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return true;
}

/* Cuts the text at the first of this character, and returns what is behind it; NULL: there is none. */
static char *cut(char *text, char at)
{
    char *found = strchr(text, at);

    if (found != NULL)
        *found++ = '\0';
    return found;
}

static enum gw_status read_login(char *login, struct rabbit_address *address, struct gw_error *reterr)
{
    char *password = cut(login, ':');

    if (!decode(login) || (password != NULL && !decode(password)))
        return gw_error_set(reterr, GW_INVALID, "has a %% in its login that is not followed by two digits");
    if (*login == '\0')
        return gw_error_set(reterr, GW_INVALID, "has an empty user name");
    address->user = login;
    address->password = password;
    return GW_OK;
}

static enum gw_status read_port(const char *port, struct rabbit_address *address, struct gw_error *reterr)
{
    size_t len = strspn(port, "0123456789");
    long number = strtol(port, NULL, 10);

    if (len == 0 || len >= sizeof address->port || port[len] != '\0' || number < 1 || number > PORT_HIGHEST)
        return gw_error_set(reterr, GW_INVALID, "has a port that is no number from 1 to %d", PORT_HIGHEST);
    memcpy(address->port, port, len + 1);
    return GW_OK;
}

static enum gw_status read_host(char *host, struct rabbit_address *address, struct gw_error *reterr)
{
    char *behind = host;
    char *port;

    if (*host == '[') {
        host++;
        behind = cut(host, ']');
        if (behind == NULL)
            return gw_error_set(reterr, GW_INVALID, "has a [ without a ] in its host");
        if (*behind != '\0' && *behind != ':')
            return gw_error_set(reterr, GW_INVALID, "has something between the ] of its host and the port");
    }
    port = cut(behind, ':');
    if (*host == '\0' || !decode(host))
        return gw_error_set(reterr, GW_INVALID, "names no host");
    address->host = host;
    return port != NULL ? read_port(port, address, reterr) : GW_OK;
}

static enum gw_status read_vhost(char *vhost, struct rabbit_address *address, struct gw_error *reterr)
{
    if (strpbrk(vhost, "/?#") != NULL || !decode(vhost))
        return gw_error_set(
            reterr, GW_INVALID,
            "has a virtual host that cannot be read; write `/` inside of it as %%2f, without parameters");
    if (*vhost != '\0')
        address->vhost = vhost;
    return GW_OK;
}

/* authority: what is behind `://`. */
static enum gw_status read_parts(char *authority, struct rabbit_address *address, struct gw_error *reterr)
{
    char *vhost = cut(authority, '/');
    char *at = strrchr(authority, '@');
    enum gw_status status = GW_OK;

    if (strpbrk(authority, "?#") != NULL)
        return gw_error_set(reterr, GW_INVALID, "has parameters, which an AMQP URL has not here");
    if (at != NULL) {
        *at++ = '\0';
        status = read_login(authority, address, reterr);
    }
    if (status == GW_OK)
        status = read_host(at != NULL ? at : authority, address, reterr);
    return status == GW_OK && vhost != NULL ? read_vhost(vhost, address, reterr) : status;
}

static enum gw_status begin(struct rabbit_address *address, const char *behind_scheme, struct gw_error *reterr)
{
    strcpy(address->port, address->is_tls ? "5671" : "5672");
    address->memory = strdup(behind_scheme);
    return address->memory != NULL ? GW_OK : gw_error_set(reterr, GW_NOMEM, "no memory for an address");
}

static enum gw_status finish(struct rabbit_address *address, enum gw_status status, struct rabbit_address *ret_address)
{
    if (status != GW_OK)
        rabbit_address_done(address);
    else
        *ret_address = *address;
    return status;
}

enum gw_status rabbit_address_read(const char *url, struct rabbit_address *ret_address, struct gw_error *reterr)
{
    struct rabbit_address address = {.vhost = "/", .is_tls = strncmp(url, "amqps://", 8) == 0};
    enum gw_status status;

    if (!address.is_tls && strncmp(url, "amqp://", 7) != 0)
        return gw_error_set(reterr, GW_INVALID,
                            "is no URL that can be read; expected one that begins with amqp:// or "
                            "amqps://");
    status = begin(&address, strstr(url, "://") + 3, reterr);
    if (status == GW_OK)
        status = read_parts(address.memory, &address, reterr);
    return finish(&address, status, ret_address);
}

enum gw_status rabbit_address_read_host(const char *text, bool is_tls, struct rabbit_address *ret_address,
                                        struct gw_error *reterr)
{
    struct rabbit_address address = {.vhost = "/", .is_tls = is_tls};
    enum gw_status status;

    if (strpbrk(text, "@/?#") != NULL)
        return gw_error_set(reterr, GW_INVALID, "is no host; expected HOST or HOST:PORT, without login and path");
    status = begin(&address, text, reterr);
    if (status == GW_OK)
        status = read_host(address.memory, &address, reterr);
    return finish(&address, status, ret_address);
}

void rabbit_address_done(struct rabbit_address *address)
{
    free(address->memory);
    *address = (struct rabbit_address){0};
}
