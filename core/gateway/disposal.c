/* SPDX-License-Identifier: Apache-2.0 */
/* Disposals: see disposal.h. */
#include "gateway/disposal.h"

#include "gateway/stray_calls.h"

#include <pthread.h>
#include <stdlib.h>

void gw_made_close(const struct gw_made *made)
{
    gw_gateway_input_free(made->input);
    gw_gateway_output_release(made->output);
    gw_relay_channel_free(made->channel);
}

/* A worker or relay that has run has closed its instance itself. */
static bool has_instance(const struct gw_made *made)
{
    for (size_t index = 0; made->input != NULL && index < made->input->worker_count; index++)
        if (gw_worker_self(made->input->workers[index]) != NULL)
            return true;
    return made->channel != NULL || (made->output != NULL && gw_relay_has_instance(made->output->relay));
}

static void *run(void *context)
{
    struct gw_made *made = context;

    gw_made_close(made);
    free(made);
    gw_stray_call_end();
    return NULL;
}

static bool start_thread(struct gw_made *made)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, made) != 0)
        return false;
    (void)pthread_detach(thread);
    return true;
}

void gw_disposal_start(struct gw_made made)
{
    struct gw_made *copy = has_instance(&made) ? malloc(sizeof *copy) : NULL;

    if (copy == NULL) {
        gw_made_close(&made);
        return;
    }
    *copy = made;
    gw_stray_call_begin();
    if (!start_thread(copy))
        (void)run(copy);
}
