/* SPDX-License-Identifier: Apache-2.0 */
/* The slots of the port that take a session, with a file for each noun. */
#ifndef SQLITE_OPERATIONS_H
#define SQLITE_OPERATIONS_H

#include "session.h"

#include <gangway/sdk/verdict.h>

/* load.c */
enum gw_status load_all(struct gw_session *session, const struct gw_load_request *request,
                        const struct gw_load_visitor *visitor, struct gw_error *reterr);

/* apply.c */
enum gw_status apply_changeset(struct gw_session *session, const struct gw_changeset *set,
                               struct gw_apply_result *ret_result, struct gw_error *reterr);

/* positions.c */
enum gw_status positions_compare(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status positions_move(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status positions_tell(struct gw_session *session, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor, struct gw_error *reterr);
enum gw_status positions_set(struct gw_session *session, struct gw_text source, int64_t next, struct gw_error *reterr);
enum gw_status positions_forget(struct gw_session *session, struct gw_text source, struct gw_error *reterr);

/* stock.c: products, batches and lines of a changeset, in a transaction. Products are compared when they are changed;
 * ret_counters: the event counter of each before. */
enum gw_status stock_compare_absent(struct gw_session *session, const struct gw_array *refs, struct gw_error *reterr);
enum gw_status stock_change(struct gw_session *session, const struct gw_changeset *set, int64_t *ret_counters,
                            struct gw_error *reterr);

/* inbox.c */
/* Adds the ids that are not stored yet; *ret_known says which are. */
enum gw_status inbox_add(struct gw_session *session, const struct gw_array *changes, int64_t now_ms,
                         struct gw_id_verdict *ret_known, struct gw_error *reterr);
enum gw_status inbox_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr);
enum gw_status inbox_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr);

/* outbox.c */
enum gw_status outbox_add(struct gw_session *session, const struct gw_changeset *set, int64_t now_ms,
                          const int64_t *counters, int64_t *ret_first, struct gw_error *reterr);
/* A block of this one event, with the next number. */
enum gw_status outbox_add_row(struct gw_session *session, const struct gw_outbox_row *row, struct gw_error *reterr);
enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr);
enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr);
enum gw_status outbox_tell_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr);

/* notices.c */
struct settling;
/* Numbers for so many notices, in the transaction of a settlement. */
enum gw_status notices_take_numbers(struct gw_session *session, uint32_t count, int64_t *ret_first,
                                    struct gw_error *reterr);
/* Stores drafts, of struct gw_notice_draft, with numbers from `first` on, in the transaction of a settlement. */
enum gw_status notices_add(struct settling *settling, const struct gw_array *drafts, int64_t first,
                           struct gw_error *reterr);
enum gw_status notices_tell(struct gw_session *session, struct gw_text destination, const struct gw_notice_look *look,
                            const struct gw_notice_visitor *visitor, int64_t *ret_due_in_ms, struct gw_error *reterr);
enum gw_status notices_settle(struct gw_session *session, struct gw_text destination,
                              const struct gw_array *settlements, int64_t stamp, struct gw_error *reterr);

/* sent.c */
enum gw_status last_answer_tell(struct gw_session *session, struct gw_text destination, int64_t number, int64_t stamp,
                                const struct gw_answer_visitor *visitor, struct gw_error *reterr);
enum gw_status recipients_tell(struct gw_session *session, struct gw_text destination, const struct gw_array *event_ids,
                               const struct gw_recipient_visitor *visitor, struct gw_error *reterr);
enum gw_status sent_tell(struct gw_session *session, const struct gw_sent_look *look,
                         const struct gw_sent_visitor *visitor, struct gw_error *reterr);
enum gw_status sent_expire(struct gw_session *session, int64_t keep_ms, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr);
enum gw_status sent_forget(struct gw_session *session, struct gw_text recipient, uint32_t limit, uint32_t *ret_count,
                           struct gw_error *reterr);

/* dead_letters.c */
enum gw_status dead_add(struct gw_session *session, const struct gw_dead_entry *entry, struct gw_error *reterr);
enum gw_status dead_add_all(struct gw_session *session, const struct gw_array *letters, int64_t now_ms,
                            struct gw_error *reterr);
enum gw_status dead_change(struct gw_session *session, const struct gw_array *changes, struct gw_error *reterr);
enum gw_status dead_tell(struct gw_session *session, const struct gw_dead_filter *filter,
                         const struct gw_dead_visitor *visitor, struct gw_error *reterr);
enum gw_status dead_discard(struct gw_session *session, const struct gw_array *ids, uint32_t *ret_count,
                            struct gw_error *reterr);
enum gw_status dead_requeue(struct gw_session *session, const struct gw_array *ids, const struct gw_array *targets,
                            int64_t stamp, uint32_t *ret_count, struct gw_error *reterr);
enum gw_status dead_count(struct gw_session *session, uint64_t *ret_count, struct gw_error *reterr);

/* views.c */
enum gw_status views_query(struct gw_session *session, uint32_t view, const struct gw_view_arguments *arguments,
                           const struct gw_view_visitor *visitor, struct gw_error *reterr);

#endif
