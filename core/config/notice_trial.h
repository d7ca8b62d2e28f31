/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renders a template with every sample before an event does. Lint refuses a file by it, and `gangway notify render`
 * shows the texts.
 *
 * Life cycle: new, any number of renders, free. One thread at a time.
 */
#ifndef GW_CONFIG_NOTICE_TRIAL_H
#define GW_CONFIG_NOTICE_TRIAL_H

#include "config/notice_sample.h"
#include "config/notice_text.h"

struct gw_notice_trial;

/* NULL: no memory. */
struct gw_notice_trial *gw_notice_trial_new(void);

/* NULL is allowed. */
void gw_notice_trial_free(struct gw_notice_trial *trial);

/* Renders a template for an event with the values of a sample, and checks the text. OK: *ret_text is valid until the
 * next call. INVALID: it cannot be rendered, or cannot be sent, and reterr says why. NOMEM. */
enum gw_status gw_notice_trial_render(struct gw_notice_trial *trial, const struct gw_notifier_template *template_option,
                                      const struct gw_event_spec *event, size_t sample, struct gw_text *ret_text,
                                      struct gw_error *reterr);

#endif
