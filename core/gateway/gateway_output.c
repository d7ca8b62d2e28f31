/* SPDX-License-Identifier: Apache-2.0 */
/* An output: see gateway_output.h. */
#include "gateway/gateway_output.h"

#include "process/wakeup.h"

#include <errno.h>
#include <stdlib.h>

struct gw_relay_plan gw_gateway_output_plan(const struct gw_site *site, struct gw_configuration *configuration,
                                            const struct gw_component *component)
{
    return (struct gw_relay_plan){.service = site->service,
                                  .component = component,
                                  .bootstrap = gw_configuration_bootstrap(configuration),
                                  .configuration = configuration,
                                  .repository_plugin = site->repository_plugin,
                                  .repository_self = site->repository_self,
                                  .log = site->log,
                                  .console = site->console,
                                  .stop = -1,
                                  .abort = -1,
                                  .ended = site->ended,
                                  .handed_over = site->handed_over,
                                  .handed_over_context = site->handed_over_context,
                                  .handovers = site->handovers,
                                  .epoch = site->epoch};
}

enum gw_status gw_gateway_output_new(const struct gw_site *site, struct gw_configuration *configuration,
                                     const struct gw_component *component, struct gw_gateway_output **ret_output,
                                     struct gw_error *reterr)
{
    struct gw_gateway_output *output = calloc(1, sizeof *output);
    struct gw_relay_plan plan = gw_gateway_output_plan(site, configuration, component);
    enum gw_status status;

    if (output == NULL)
        return gw_error_set(reterr, GW_NOMEM, "no memory for an output");
    atomic_init(&output->holders, 1);
    output->stop = plan.stop = gw_wakeup_open();
    output->abort = plan.abort = gw_wakeup_open();
    output->figures = gw_component_figures_new(component->id, component->section);
    if (output->figures == NULL || output->stop < 0 || output->abort < 0)
        status = gw_error_set_errno(reterr, GW_NOMEM, errno, "preparing a relay");
    else
        status = gw_relay_new(&plan, &output->relay, reterr);
    if (status != GW_OK) {
        gw_gateway_output_release(output);
        return status;
    }
    *ret_output = output;
    return GW_OK;
}

struct gw_gateway_output *gw_gateway_output_hold(struct gw_gateway_output *output)
{
    atomic_fetch_add(&output->holders, 1);
    return output;
}

void gw_gateway_output_release(struct gw_gateway_output *output)
{
    if (output == NULL || atomic_fetch_sub(&output->holders, 1) > 1)
        return;
    gw_relay_free(output->relay);
    gw_wakeup_close(output->stop);
    gw_wakeup_close(output->abort);
    gw_component_figures_free(output->figures);
    free(output);
}

bool gw_gateway_output_is_up(const struct gw_gateway_output *output)
{
    return gw_relay_exchanges(output->relay) >= output->exchanges && gw_relay_is_up(output->relay);
}

void gw_gateway_output_stop(struct gw_gateway_output *output)
{
    gw_wakeup_raise(output->stop);
}

void gw_gateway_output_abort(struct gw_gateway_output *output)
{
    gw_wakeup_raise(output->stop);
    gw_wakeup_raise(output->abort);
}
