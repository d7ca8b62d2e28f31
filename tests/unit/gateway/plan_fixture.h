/* SPDX-License-Identifier: Apache-2.0 */
/* Models of bootstrap files that are texts in a test. The relative paths in them begin at the root. */
#ifndef GW_TEST_PLAN_FIXTURE_H
#define GW_TEST_PLAN_FIXTURE_H

#include "base/arena.h"
#include "config/bootstrap.h"

/* The model of a file that is right; otherwise the test fails with its findings. */
const struct gw_bootstrap *plan_model(struct gw_arena *arena, const char *plugin_dir, const char *text,
                                      bool resolves_secrets);

/* Sets the variables PLAN_HUSH and PLAN_SAME to `canary-hush`, and PLAN_OTHER to `canary-other`. */
void plan_secrets(void);

#endif
