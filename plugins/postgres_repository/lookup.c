/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup: finds the host names in the string, and makes the lists for libpq (host, hostaddr, port). */
#include "lookup.h"

#include "question.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 256, ADDRESS_BYTES = 64, PORT_BYTES = 16 };

/* One host of the string. */
struct entry {
    char name[NAME_BYTES];
    char port[PORT_BYTES]; /* empty: it has no port of its own */
};

/* ---- the string ------------------------------------------------------------------------------------------------ */

/* Takes the next item of a list; false at its end. An item that is too long is cut, and then has no address. */
static bool next_item(const char **at, char *item, size_t size)
{
    size_t len;

    if (*at == NULL)
        return false;
    len = strcspn(*at, ",");
    (void)snprintf(item, size, "%.*s", (int)len, *at);
    *at = (*at)[len] == ',' ? *at + len + 1 : NULL;
    return true;
}

/* A folder of a socket, an address, or nothing needs none; libpq has defaults. */
static bool needs_lookup(const char *name)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;

    if (name[0] == '\0' || name[0] == '/' || name[0] == '@')
        return false;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return true;
    freeaddrinfo(found);
    return false;
}

static bool has_names(const char *hosts)
{
    char name[NAME_BYTES];

    while (next_item(&hosts, name, sizeof name))
        if (needs_lookup(name))
            return true;
    return false;
}

/* ---- the lists ------------------------------------------------------------------------------------------------- */

static bool append(char list[LOOKUP_BYTES], const char *comma, const char *item)
{
    size_t len = strlen(list);

    return snprintf(list + len, LOOKUP_BYTES - len, "%s%s", comma, item) < (int)(LOOKUP_BYTES - len);
}

/* An item that does not fit is left out completely. */
static void add(struct lookup *lookup, const struct entry *entry, const char *address)
{
    const char *comma = lookup->count > 0 ? "," : "";
    size_t lens[] = {strlen(lookup->hosts), strlen(lookup->addresses), strlen(lookup->ports)};

    if (append(lookup->hosts, comma, entry->name) && append(lookup->addresses, comma, address) &&
        append(lookup->ports, comma, entry->port)) {
        lookup->count++;
        return;
    }
    lookup->hosts[lens[0]] = lookup->addresses[lens[1]] = lookup->ports[lens[2]] = '\0';
}

static enum gw_status add_found(struct lookup *lookup, const struct entry *entry, const struct gw_host *host,
                                int64_t deadline_ms, struct gw_error *reterr)
{
    struct addrinfo *found = NULL;
    enum gw_status status = question_ask(entry->name, host, deadline_ms, &found, reterr);

    if (status != GW_OK)
        return status;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        char address[ADDRESS_BYTES];

        if (getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
            add(lookup, entry, address);
    }
    freeaddrinfo(found);
    return GW_OK;
}

/* If there are several hosts, one with an address is enough. */
static enum gw_status look_all_up(const char *hosts, const char *ports, const struct gw_host *host, int64_t timeout_ms,
                                  struct lookup *lookup, struct gw_error *reterr)
{
    int64_t deadline_ms = host->monotonic_ms(host) + timeout_ms;
    bool has_each_a_port = strchr(ports, ',') != NULL;
    struct entry entry = {0};
    enum gw_status status = GW_OK;

    while (next_item(&hosts, entry.name, sizeof entry.name)) {
        if (has_each_a_port)
            (void)next_item(&ports, entry.port, sizeof entry.port);
        if (!needs_lookup(entry.name))
            add(lookup, &entry, "");
        else
            status = add_found(lookup, &entry, host, deadline_ms, reterr);
        if (status == GW_CANCELLED || status == GW_NOMEM)
            return status;
    }
    if (!has_each_a_port)
        lookup->ports[0] = '\0';
    return lookup->count > 0 ? GW_OK : status;
}

enum gw_status lookup_hosts(const char *hosts, const char *ports, const struct gw_host *host, int64_t timeout_ms,
                            struct lookup *ret_lookup, struct gw_error *reterr)
{
    *ret_lookup = (struct lookup){0};
    return has_names(hosts) ? look_all_up(hosts, ports, host, timeout_ms, ret_lookup, reterr) : GW_OK;
}
