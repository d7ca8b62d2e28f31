/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A changeset as text, a line for each of its items, to compare what two sources led to. Stamps are random numbers: of
 * them only whether there is one is written.
 */
#ifndef GW_TEST_CHANGESET_TEXT_H
#define GW_TEST_CHANGESET_TEXT_H

#include "base/buffer.h"

#include <gangway/port/repository.h>

void changeset_text_append(struct gw_buffer *buffer, const struct gw_changeset *changeset);

#endif
