/* SPDX-License-Identifier: Apache-2.0 */
/* Generations: see generation.h. */
#include "gateway/generation.h"

#include "base/clock.h"
#include "config/wiring.h"
#include "process/wakeup.h"
#include "service/routing.h"

#include <stdlib.h>

enum { WIRING_MAX_BYTES = 16 * 1024 * 1024 };

struct gw_generation {
    struct gw_configuration *configuration;
    struct gw_arena *arena; /* of the bus */
    struct gw_message_bus *bus;
    struct gw_gateway_output **outputs;
    size_t output_count;
    uint64_t number;  /* from 1, in the order of publishing */
    uint32_t holders; /* under the lock of generations: turns, and 1 while it is the current one */
};

void gw_generations_init(struct gw_generations *generations, int ended)
{
    *generations = (struct gw_generations){.ended = ended};
    (void)pthread_mutex_init(&generations->lock, NULL);
}

struct gw_generation *gw_generation_new(struct gw_configuration *configuration,
                                        struct gw_gateway_output *const *outputs, size_t output_count)
{
    struct gw_generation *generation = calloc(1, sizeof *generation);

    if (generation == NULL)
        return NULL;
    generation->configuration = gw_configuration_hold(configuration);
    generation->arena = gw_arena_new(WIRING_MAX_BYTES);
    generation->outputs = calloc(output_count + 1, sizeof(struct gw_gateway_output *));
    if (generation->arena != NULL)
        generation->bus = gw_wiring_bus(generation->arena, gw_configuration_bootstrap(configuration));
    if (generation->bus == NULL || generation->outputs == NULL) {
        gw_generation_free(generation);
        return NULL;
    }
    while (generation->output_count < output_count) {
        generation->outputs[generation->output_count] = gw_gateway_output_hold(outputs[generation->output_count]);
        generation->output_count++;
    }
    return generation;
}

void gw_generation_free(struct gw_generation *generation)
{
    if (generation == NULL)
        return;
    for (size_t index = 0; index < generation->output_count; index++)
        gw_gateway_output_release(generation->outputs[index]);
    gw_message_bus_free(generation->bus);
    gw_arena_free(generation->arena);
    gw_configuration_release(generation->configuration);
    free(generation->outputs);
    free(generation);
}

/* ---- who holds which */

static void link_hold(struct gw_generation_hold *hold)
{
    struct gw_generations *generations = hold->generations;

    hold->next = generations->holds;
    hold->link = &generations->holds;
    if (hold->next != NULL)
        hold->next->link = &hold->next;
    generations->holds = hold;
}

static void unlink_hold(struct gw_generation_hold *hold)
{
    *hold->link = hold->next;
    if (hold->next != NULL)
        hold->next->link = hold->link;
}

/* hold: that ends with it; NULL: the current generation is replaced. */
static void release(struct gw_generations *generations, struct gw_generation *generation,
                    struct gw_generation_hold *hold)
{
    uint32_t holders;

    (void)pthread_mutex_lock(&generations->lock);
    if (hold != NULL)
        unlink_hold(hold);
    holders = --generation->holders;
    generations->alive -= holders == 0;
    (void)pthread_mutex_unlock(&generations->lock);
    if (holders > 0)
        return;
    gw_generation_free(generation);
    gw_wakeup_raise(generations->ended);
}

void gw_generations_publish(struct gw_generations *generations, struct gw_generation *generation)
{
    struct gw_generation *replaced;

    (void)pthread_mutex_lock(&generations->lock);
    replaced = generations->current;
    generation->number = ++generations->last_number;
    generation->holders = 1;
    generations->current = generation;
    generations->alive++;
    (void)pthread_mutex_unlock(&generations->lock);
    if (replaced != NULL)
        release(generations, replaced, NULL);
}

struct gw_generation *gw_generation_enter(struct gw_generation_hold *hold)
{
    struct gw_generations *generations = hold->generations;

    hold->since_ms = gw_clock_monotonic_ms();
    (void)pthread_mutex_lock(&generations->lock);
    hold->generation = generations->current;
    hold->generation->holders++;
    link_hold(hold);
    (void)pthread_mutex_unlock(&generations->lock);
    return hold->generation;
}

void gw_generation_leave(struct gw_generation_hold *hold)
{
    release(hold->generations, hold->generation, hold);
    hold->generation = NULL;
}

void gw_generations_visit_old(struct gw_generations *generations,
                              void (*visit)(void *context, const struct gw_generation_holder *holder), void *context)
{
    int64_t now_ms = gw_clock_monotonic_ms();

    (void)pthread_mutex_lock(&generations->lock);
    for (const struct gw_generation_hold *hold = generations->holds; hold != NULL; hold = hold->next) {
        struct gw_generation_holder holder = {hold->component, hold->generation->number, now_ms - hold->since_ms};

        if (hold->component != NULL && hold->generation != generations->current)
            visit(context, &holder);
    }
    (void)pthread_mutex_unlock(&generations->lock);
}

uint32_t gw_generations_alive(struct gw_generations *generations)
{
    uint32_t alive;

    (void)pthread_mutex_lock(&generations->lock);
    alive = generations->alive;
    (void)pthread_mutex_unlock(&generations->lock);
    return alive;
}

void gw_generations_done(struct gw_generations *generations)
{
    if (generations->current != NULL)
        release(generations, generations->current, NULL);
    (void)pthread_mutex_destroy(&generations->lock);
}

/* ---- what is in it */

const struct gw_message_bus *gw_generation_bus(const struct gw_generation *generation)
{
    return generation->bus;
}

struct gw_configuration *gw_generation_configuration(const struct gw_generation *generation)
{
    return generation->configuration;
}

uint64_t gw_generation_number(const struct gw_generation *generation)
{
    return generation->number;
}

void gw_generation_offer(const struct gw_generation *generation, const struct gw_outbox_commit *commit)
{
    for (size_t index = 0; index < generation->output_count; index++)
        gw_relay_offer(generation->outputs[index]->relay, commit);
}

void gw_generation_wake(const struct gw_generation *generation)
{
    for (size_t index = 0; index < generation->output_count; index++)
        gw_relay_wake(generation->outputs[index]->relay);
}
