/* SPDX-License-Identifier: Apache-2.0 */
/* When a fenced member joins again. See fencing.h. */
#include "fencing.h"

enum { AGAIN_FIRST_MS = 1000, AGAIN_MAX_MS = 30000, QUIET_MS = 60000 };

static enum gw_status refuse(const struct consumer *self, struct gw_error *reterr)
{
    return gw_error_set(
        reterr, GW_CONFIG,
        "another member of group %s has the instance_id %s-%u and removed this one; joining again; give "
        "each gateway and each entrypoint of the group an instance_id of its own",
        self->config->group, self->config->instance_id, self->host->instance);
}

enum gw_status fencing_note(struct consumer *self, struct gw_error *reterr)
{
    struct fencing *fencing = &self->fencing;
    int64_t now_ms = self->host->monotonic_ms(self->host);
    bool is_repeated = fencing->wait_ms != 0 && now_ms - fencing->due_ms < QUIET_MS;
    int64_t doubled = fencing->wait_ms * 2 < AGAIN_MAX_MS ? fencing->wait_ms * 2 : AGAIN_MAX_MS;

    fencing->wait_ms = is_repeated ? doubled : AGAIN_FIRST_MS;
    fencing->due_ms = now_ms + fencing->wait_ms;
    return refuse(self, reterr);
}

enum gw_status fencing_check(const struct consumer *self, struct gw_error *reterr)
{
    if (self->fencing.wait_ms == 0 || self->client != NULL ||
        self->host->monotonic_ms(self->host) >= self->fencing.due_ms)
        return GW_OK;
    return refuse(self, reterr);
}
