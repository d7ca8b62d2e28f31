/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confidence in an optimisation that costs a conflict when it is wrong: an exponential backoff that counts commits.
 * Each failure pauses its use for about twice as long as the last one; each success shortens the next pause.
 */
#ifndef GW_STOCK_CONFIDENCE_H
#define GW_STOCK_CONFIDENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { GW_CONFIDENCE_PAUSE_MAX = 200 };

/* All zero means full confidence. */
struct gw_confidence {
    uint8_t pause;   /* how many successes are needed before it is used again */
    uint8_t caution; /* the length of the last pause, minus the successes since */
};

static inline bool gw_confidence_holds(const struct gw_confidence *confidence)
{
    return confidence->pause == 0;
}

static inline void gw_confidence_judge(struct gw_confidence *confidence, bool was_right)
{
    if (!was_right) {
        confidence->caution = confidence->caution < GW_CONFIDENCE_PAUSE_MAX / 2 ? (uint8_t)(confidence->caution * 2 + 2)
                                                                                : GW_CONFIDENCE_PAUSE_MAX;
        confidence->pause = confidence->caution;
    } else if (confidence->pause > 0) {
        confidence->pause--;
    } else if (confidence->caution > 0) {
        confidence->caution--;
    }
}

#endif
