/* SPDX-License-Identifier: Apache-2.0 */
/* Consumer tags: the index of the queue among the file's, in decimal. No state. */
#ifndef AMQP_CONSUMER_TAG_H
#define AMQP_CONSUMER_TAG_H

#include "amqp/library.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONSUMER_TAG_MAX = 8 }; /* with its NUL byte */

void consumer_tag_write(uint64_t index, char ret_tag[CONSUMER_TAG_MAX]);

/* False: it is no tag of ours, or its index is not below count. */
bool consumer_tag_read(amqp_bytes_t tag, uint64_t count, uint64_t *ret_index);

#endif
