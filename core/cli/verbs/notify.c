/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/notify.h"

#include "cli/complaint.h"
#include "cli/exit_status.h"
#include "options/hint.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 256 };

static int complain_unknown(const struct gw_command_line *line, const struct gw_bootstrap *bootstrap, const char *id)
{
    const struct gw_component *other = gw_bootstrap_destination(bootstrap, gw_text_of(id));
    const char *names[NAMES_MAX];
    char hint[GW_HINT_MAX_BYTES];
    size_t count = 0;

    for (; count < bootstrap->notifiers.count && count < NAMES_MAX; count++)
        names[count] = bootstrap->notifiers.items[count]->id;
    return gw_complain_usage(line, "%s '%.60s'; %s",
                             other != NULL ? "a publisher is no notifier:" : "no notifier is called", id,
                             gw_hint(hint, gw_text_of(id), names, count));
}

int gw_notify_find(const struct gw_command_line *line, const struct gw_bootstrap *bootstrap, const char *id,
                   const struct gw_component **ret_notifier)
{
    for (size_t index = 0; index < bootstrap->notifiers.count; index++) {
        if (strcmp(bootstrap->notifiers.items[index]->id, id) != 0)
            continue;
        *ret_notifier = bootstrap->notifiers.items[index];
        return GW_EXIT_DONE;
    }
    return complain_unknown(line, bootstrap, id);
}

int gw_notify_recipient(const struct gw_command_line *line, const struct gw_component *notifier,
                        const char **ret_recipient)
{
    const char *wanted = gw_command_line_value(line, GW_FLAG_RECIPIENT);
    char hint[GW_HINT_MAX_BYTES];

    *ret_recipient = notifier->recipients[0];
    if (wanted == NULL)
        return GW_EXIT_DONE;
    for (size_t index = 0; index < notifier->recipient_count; index++) {
        if (strcmp(notifier->recipients[index], wanted) != 0)
            continue;
        *ret_recipient = notifier->recipients[index];
        return GW_EXIT_DONE;
    }
    if (notifier->recipients[0][0] == '\0')
        return gw_complain_usage(line, "%s has no recipients to choose from", notifier->id);
    return gw_complain_usage(line, "'%.200s' is no recipient of %s; %s", wanted, notifier->id,
                             gw_hint(hint, gw_text_of(wanted), notifier->recipients, notifier->recipient_count));
}

static bool list_has(const struct gw_component_list *list, const struct gw_component *component)
{
    for (size_t index = 0; index < list->count; index++)
        if (list->items[index] == component)
            return true;
    return false;
}

const struct gw_event_spec *gw_notify_usual_event(const struct gw_bootstrap *bootstrap,
                                                  const struct gw_component *notifier)
{
    const struct gw_event_spec *usual = gw_event_spec_for_people();
    const struct gw_event_spec *first = NULL;

    for (size_t index = 0; index < bootstrap->route_count; index++) {
        const struct gw_route *route = &bootstrap->routes[index];

        if (!list_has(&route->notify, notifier) && !list_has(&route->fallback, notifier))
            continue;
        if (route->event == usual)
            return usual;
        first = first == NULL ? route->event : first;
    }
    return first != NULL ? first : usual;
}
