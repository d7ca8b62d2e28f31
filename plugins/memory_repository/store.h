/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: everything that one instance of the repository contains, with the operations of the port that involve more
 * than one kind of row. The caller holds the store's lock during each operation, and no operation waits.
 */
#ifndef MEMORY_STORE_H
#define MEMORY_STORE_H

#include "dead_letters.h"
#include "inbox.h"
#include "outbox.h"
#include "plan.h"
#include "positions.h"
#include "sent.h"
#include "slab.h"
#include "stock.h"

#include <gangway/port/repository.h>

#include <pthread.h>

struct store {
    pthread_mutex_t lock;
    struct slab slab;
    struct stock stock;
    struct positions positions;
    struct inbox inbox;
    struct outbox outbox;
    struct outbox notices;
    struct sent_notices sent;
    struct dead_letters dead_letters;
    struct plan plan;
    uint64_t loads; /* number of loads so far, with which a load marks the products that it has reported */
};

/* load.c */
enum gw_status store_load(struct store *store, const struct gw_load_request *request,
                          const struct gw_load_visitor *visitor);

/* apply.c */
enum gw_status store_apply(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                           struct gw_apply_result *ret_result, struct gw_error *reterr);

/* views.c */
enum gw_status store_query(struct store *store, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr);

/* delivery.c */
enum gw_status store_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                            int64_t stamp, int64_t now_ms, struct gw_error *reterr);
enum gw_status store_settle_notices(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                                    int64_t stamp, int64_t now_ms, struct gw_error *reterr);
enum gw_status store_tell_recipients(struct store *store, struct gw_text destination, const struct gw_array *event_ids,
                                     const struct gw_recipient_visitor *visitor);
enum gw_status store_tell_figures(struct store *store, int64_t now_ms, const struct gw_outbox_figure_visitor *visitor);
enum gw_status store_requeue(struct store *store, const struct gw_array *ids, const struct gw_array *targets,
                             int64_t stamp, int64_t now_ms, uint32_t *ret_count, struct gw_error *reterr);

#endif
