/* SPDX-License-Identifier: Apache-2.0 */
/* Checks on an instance that nothing else uses. If a plugin fails without a finding, a finding is added. */
#include "gateway/component_check.h"

#include "process/thread_host.h"

/* A report that records whether the plugin has reported what is wrong. */
struct heard {
    const struct gw_report *report;
    bool has_failed_line;
};

static void on_line(const struct gw_report *report, int32_t status, struct gw_text subject, struct gw_text finding)
{
    struct heard *heard = report->context;

    if (status != GW_OK)
        heard->has_failed_line = true;
    heard->report->line(heard->report, status, subject, finding);
}

enum gw_status gw_component_check(const struct gw_bootstrap *bootstrap, const struct gw_component *component,
                                  const struct gw_log *log, const struct gw_report *report)
{
    const struct gw_plugin *plugin = component->plugin;
    struct heard heard = {.report = report};
    struct gw_report listening = {.size = sizeof listening,
                                  .sessions = gw_bootstrap_session_count(bootstrap),
                                  .context = &heard,
                                  .line = on_line};
    struct gw_thread_host host;
    struct gw_error error = {0};
    void *self = NULL;
    enum gw_status status;

    gw_thread_host_init(&host, bootstrap->settings.service, component->id, log, -1);
    status = plugin->open(&host.table, component->config, &self, &error);
    if (status != GW_OK)
        return gw_report_line(report, status, plugin->name, "%s", error.text);
    status = plugin->check(self, &listening);
    if (status != GW_OK && !heard.has_failed_line)
        (void)gw_report_line(report, status, plugin->name, "%s", gw_status_word((int)status));
    plugin->close(self);
    if (status == GW_OK && heard.has_failed_line)
        return GW_CONFIG;
    return status;
}
