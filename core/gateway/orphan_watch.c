/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the ids of the last reading, and whether they were reported. */
#include "gateway/orphan_watch.h"

#include "gateway/unnamed_destinations.h"

#include <stdlib.h>
#include <string.h>

struct gw_orphan_sighting {
    struct gw_orphan_sighting *next;
    bool is_reported;
    bool is_seen; /* by the current reading */
    char id[];
};

static struct gw_orphan_sighting *find(const struct gw_orphan_watch *watch, const char *id)
{
    struct gw_orphan_sighting *sighting = watch->sightings;

    while (sighting != NULL && strcmp(sighting->id, id) != 0)
        sighting = sighting->next;
    return sighting;
}

static void add(struct gw_orphan_watch *watch, const char *id)
{
    size_t len = strlen(id) + 1;
    struct gw_orphan_sighting *sighting = malloc(sizeof *sighting + len);

    if (sighting == NULL)
        return;
    *sighting = (struct gw_orphan_sighting){watch->sightings, !watch->has_begun, true};
    memcpy(sighting->id, id, len);
    watch->sightings = sighting;
}

static void report(struct gw_orphan_sighting *sighting, const struct gw_backlog_figure *figure, const char *file,
                   const struct gw_log *log)
{
    if (!sighting->is_reported)
        gw_unnamed_destination_log(log, file, figure->destination, figure->pending);
    sighting->is_reported = true;
}

static void forget_unseen(struct gw_orphan_watch *watch)
{
    struct gw_orphan_sighting **link = &watch->sightings;

    while (*link != NULL) {
        struct gw_orphan_sighting *sighting = *link;

        if (sighting->is_seen) {
            sighting->is_seen = false;
            link = &sighting->next;
        } else {
            *link = sighting->next;
            free(sighting);
        }
    }
}

void gw_orphan_watch_read(struct gw_orphan_watch *watch, const struct gw_backlog_figures *figures, uint32_t features,
                          const struct gw_bootstrap *bootstrap, const struct gw_log *log)
{
    if (!figures->has_outbox || (features & GW_REPOSITORY_SHARED) == 0)
        return;
    for (uint32_t index = 0; index < figures->count; index++) {
        const struct gw_backlog_figure *figure = &figures->items[index];
        struct gw_orphan_sighting *sighting = find(watch, figure->destination);

        if (figure->holder != NULL || gw_bootstrap_destination(bootstrap, gw_text_of(figure->destination)) != NULL)
            continue;
        if (sighting == NULL)
            add(watch, figure->destination);
        else
            sighting->is_seen = true;
        if (sighting != NULL && figures->is_reporter)
            report(sighting, figure, bootstrap->file, log);
    }
    forget_unseen(watch);
    watch->has_begun = true;
}

void gw_orphan_watch_done(struct gw_orphan_watch *watch)
{
    forget_unseen(watch); /* no reading is under way, so none is seen */
}
