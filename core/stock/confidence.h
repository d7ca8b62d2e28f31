/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confidence in something that is sometimes wrong and then costs a conflict: an exponential backoff counted in commits.
 * Each failure pauses its use for about twice as long as the one before, each success shortens the next pause.
 */
#ifndef GW_STOCK_CONFIDENCE_H
#define GW_STOCK_CONFIDENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { GW_CONFIDENCE_PAUSE_MAX = 200 };

/* All zero: full confidence. */
struct gw_confidence {
    uint8_t pause;   /* successes still needed before it is used */
    uint8_t caution; /* length of the last pause, less the successes since */
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
