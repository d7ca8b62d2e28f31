/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of the port on a store that is ready; port/repository.h describes them. The caller holds the lock. */
#ifndef CSV_OPERATIONS_H
#define CSV_OPERATIONS_H

#include "store.h"

#include <gangway/sdk/verdict.h>

/* load.c */
enum gw_status load_tell(struct store *store, const struct gw_load_request *request,
                         const struct gw_load_visitor *visitor);

/* apply.c */
enum gw_status apply_changeset(struct store *store, const struct gw_changeset *set, int64_t now_ms,
                               struct gw_apply_result *ret_result, struct gw_error *reterr);

/* positions.c */
enum gw_status positions_compare(const struct store *store, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status positions_move(struct store *store, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status positions_tell(const struct store *store, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor);
enum gw_status positions_set(struct store *store, struct gw_text source, int64_t next, struct gw_error *reterr);
enum gw_status positions_forget(struct store *store, struct gw_text source, struct gw_error *reterr);

/* inbox.c */
struct gw_id_verdict inbox_find_known(const struct store *store, const struct gw_array *changes);
enum gw_status inbox_add(struct store *store, const struct gw_array *changes, int64_t now_ms, struct gw_error *reterr);
enum gw_status inbox_advance(struct store *store, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr);
enum gw_status inbox_expire(struct store *store, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr);

/* outbox.c: outbox_add draws a number, which ret_number gets unless it is NULL; everything else comes from the row.
 * When the effects are added, the products still have their old event counters. */
enum gw_status outbox_add(struct store *store, const struct gw_outbox_row *row, int64_t *ret_number,
                          struct gw_error *reterr);
enum gw_status outbox_add_all(struct store *store, const struct gw_changeset *set, int64_t now_ms, int64_t *ret_first,
                              struct gw_error *reterr);
enum gw_status outbox_tell(const struct store *store, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, int64_t now_ms, const struct gw_outbox_visitor *visitor,
                           int64_t *ret_due_in_ms);
enum gw_status outbox_settle(struct store *store, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, int64_t now_ms, struct gw_error *reterr);
enum gw_status outbox_tell_figures(const struct store *store, int64_t now_ms,
                                   const struct gw_outbox_figure_visitor *visitor, struct gw_error *reterr);

/* dead_letters.c */
enum gw_status dead_add(struct store *store, const struct gw_dead_entry *entry, struct gw_error *reterr);
enum gw_status dead_add_all(struct store *store, const struct gw_array *letters, int64_t now_ms,
                            struct gw_error *reterr);
enum gw_status dead_change(struct store *store, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status dead_tell(const struct store *store, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor);
enum gw_status dead_discard(struct store *store, const struct gw_array *ids, uint32_t *ret_count,
                            struct gw_error *reterr);
enum gw_status dead_requeue(struct store *store, const struct gw_array *ids, const struct gw_array *targets,
                            int64_t stamp, int64_t now_ms, uint32_t *ret_count, struct gw_error *reterr);

/* views.c */
enum gw_status views_query(struct store *store, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr);

#endif
