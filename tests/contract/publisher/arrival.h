/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What arrived where the plugin under test publishes: from a shell command of the test's, which knows how to look,
 * given with --fetch. It prints all that is there, in order (where there are several partitions: in order in each), one
 * JSON object a line:
 *
 *     id, type     texts
 *     payload      a text: the payload's bytes
 *     sku          a text, where the suite was told that the plugin's protocol carries it beside the payload
 *     headers      a list of pairs of texts, likewise
 */
#ifndef GW_CONTRACT_ARRIVAL_H
#define GW_CONTRACT_ARRIVAL_H

#include <gangway/text.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything in it is its own. */
struct arrival {
    struct gw_text id;
    struct gw_text type;
    struct gw_text sku;
    struct gw_text payload;
    struct gw_text *headers; /* name, value, name, value ... */
    size_t header_count;
};

/* Reads one line. 0; -1 when it is no JSON object with these members, or memory ran out. */
int arrival_read(const char *line, size_t len, struct arrival *ret_arrival);
void arrival_done(struct arrival *arrival);

#ifdef __cplusplus
}
#endif

#endif
