/* SPDX-License-Identifier: Apache-2.0 */
/* The slots of the port that take a session, with a file for each noun. */
#ifndef POSTGRES_OPERATIONS_H
#define POSTGRES_OPERATIONS_H

#include "session.h"

/* load.c */
enum gw_status load_all(struct gw_session *session, const struct gw_load_request *request,
                        const struct gw_load_visitor *visitor, struct gw_error *reterr);

/* apply.c */
enum gw_status apply_changeset(struct gw_session *session, const struct gw_changeset *set,
                               struct gw_apply_result *ret_result, struct gw_error *reterr);

/* positions.c */
enum gw_status positions_tell(struct gw_session *session, const struct gw_array *sources,
                              const struct gw_position_visitor *visitor, struct gw_error *reterr);
enum gw_status positions_set(struct gw_session *session, struct gw_text source, int64_t next, struct gw_error *reterr);
enum gw_status positions_forget(struct gw_session *session, struct gw_text source, struct gw_error *reterr);

/* inbox.c */
enum gw_status inbox_advance(struct gw_session *session, int64_t seen_ms, int64_t add_ms, int64_t *ret_running_ms,
                             struct gw_error *reterr);
enum gw_status inbox_expire(struct gw_session *session, int64_t before_running_ms, uint32_t limit, uint32_t *ret_count,
                            struct gw_error *reterr);

/* A hundred years: a longer wait does not fit into a time of the server. */
#define OUTBOX_LONGEST_MS (INT64_C(100) * 365 * 24 * 3600 * 1000)

/* outbox.c */
enum gw_status outbox_tell(struct gw_session *session, struct gw_text destination, int64_t after, uint32_t limit,
                           int64_t longest_wait_ms, const struct gw_outbox_visitor *visitor, int64_t *ret_due_in_ms,
                           struct gw_error *reterr);
enum gw_status outbox_tell_figures(struct gw_session *session, const struct gw_outbox_figure_visitor *visitor,
                                   struct gw_error *reterr);

/* outbox_settle.c */
enum gw_status outbox_settle(struct gw_session *session, struct gw_text destination, const struct gw_array *settlements,
                             int64_t stamp, struct gw_error *reterr);

/* notices.c, settle.c */
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

/* lease.c */
enum gw_status lease_take(struct gw_session *session, struct gw_text destination, struct gw_error *reterr);
void lease_free(struct lease *lease);

/* dead_letters.c */
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
