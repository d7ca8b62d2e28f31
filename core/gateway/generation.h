/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generation: a configuration, the bus with its routes, and the outputs, which take effect together. It never
 * changes; applying another file publishes the next generation.
 *
 * Life cycle: the main thread makes one and publishes it. A worker enters the current one after its poll and leaves it
 * after its settle, so a turn sees one configuration from its first decision to its last row. A generation that is no
 * longer current is freed after the last turn that uses it. Each use is a hold, which says whose it is and since when.
 */
#ifndef GW_GATEWAY_GENERATION_H
#define GW_GATEWAY_GENERATION_H

#include "gateway/gateway_output.h"

#include <pthread.h>

struct gw_generation;

/* The current generation, and the number of generations. */
struct gw_generations {
    pthread_mutex_t lock;
    struct gw_generation *current; /* held; NULL: none was published */
    struct gw_generation_hold *holds;
    uint64_t last_number;
    uint32_t alive; /* the current one, and those that turns still use */
    int ended;      /* a wake-up that is raised when one ends, because a removed output may wait for that */
};

/* The use of a generation, from enter to leave. The user owns the struct and sets the first members; it stays where it
 * is until leave. */
struct gw_generation_hold {
    struct gw_generations *generations;
    const char *component; /* whose worker uses it; NULL: a short use, which is not shown */

    struct gw_generation *generation; /* while it is entered */
    int64_t since_ms;                 /* the same; monotonic */
    struct gw_generation_hold *next;
    struct gw_generation_hold **link; /* that points to this one */
};

/* Which turns of a component still use one generation that is no longer current. */
struct gw_generation_holder {
    const char *component; /* lent */
    uint64_t number;       /* of the generation */
    int64_t held_ms;       /* for how long */
};

void gw_generations_init(struct gw_generations *generations, int ended);

/* Leaves the current generation. No turn may run. */
void gw_generations_done(struct gw_generations *generations);

/* A generation of this configuration, which it holds, as it holds the outputs, in the order of the file. NULL: no
 * memory. */
struct gw_generation *gw_generation_new(struct gw_configuration *configuration,
                                        struct gw_gateway_output *const *outputs, size_t output_count);

/* Frees one that was not published. NULL is allowed. */
void gw_generation_free(struct gw_generation *generation);

/* Makes it the current generation, and leaves the one before. */
void gw_generations_publish(struct gw_generations *generations, struct gw_generation *generation);

/* How many there are: the current one, and those that turns still run by. */
uint32_t gw_generations_alive(struct gw_generations *generations);

/* Enters the current one; returns hold->generation. Any thread. */
struct gw_generation *gw_generation_enter(struct gw_generation_hold *hold);
void gw_generation_leave(struct gw_generation_hold *hold);

/* Calls visit for each hold of a component on a generation that is no longer current, under the lock: visit copies what
 * it keeps. Any thread. */
void gw_generations_visit_old(struct gw_generations *generations,
                              void (*visit)(void *context, const struct gw_generation_holder *holder), void *context);

const struct gw_message_bus *gw_generation_bus(const struct gw_generation *generation);
struct gw_configuration *gw_generation_configuration(const struct gw_generation *generation);
uint64_t gw_generation_number(const struct gw_generation *generation);

/* Offers the rows that a worker has committed to the outputs of an entered generation. */
void gw_generation_offer(const struct gw_generation *generation, const struct gw_outbox_commit *commit);

/* Makes all relays of an entered generation look again. */
void gw_generation_wake(const struct gw_generation *generation);

#endif
