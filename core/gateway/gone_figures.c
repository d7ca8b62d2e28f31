/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of inputs and outputs that have left: totals for the summary, and by their ids. Main thread. */
#include "base/clock.h"
#include "gateway/gateway_internal.h"

#include <string.h>

static bool is_present(const void *context, const char *id)
{
    const struct gw_gateway *gateway = context;

    for (size_t index = 0; index < gateway->input_count; index++)
        if (strcmp(gateway->inputs[index]->component->id, id) == 0)
            return true;
    for (size_t index = 0; index < gateway->output_count; index++)
        if (strcmp(gw_relay_id(gateway->outputs[index]->relay), id) == 0)
            return true;
    return false;
}

void gw_gateway_expire_figures(struct gw_gateway *gateway)
{
    gw_component_figures_expire(&gateway->gone, gw_clock_monotonic_ms(), is_present, gateway);
}

static void keep(struct gw_gateway *gateway, struct gw_component_figures *figures)
{
    gw_component_figures_keep(&gateway->gone, figures, gw_clock_monotonic_ms());
    gw_gateway_expire_figures(gateway);
}

void gw_gateway_keep_input_figures(struct gw_gateway *gateway, struct gw_gateway_input *input)
{
    gw_gateway_add_input_figures(input, &gateway->past);
    for (size_t index = 0; index < input->worker_count; index++)
        gw_component_figures_add_worker(input->figures, gw_worker_figures(input->workers[index]));
    keep(gateway, input->figures);
    input->figures = NULL;
}

void gw_gateway_keep_output_figures(struct gw_gateway *gateway, struct gw_gateway_output *output)
{
    gw_gateway_add_output_figures(output, &gateway->past);
    gw_component_figures_add_relay(output->figures, gw_relay_figures(output->relay));
    keep(gateway, output->figures);
    output->figures = NULL;
}
