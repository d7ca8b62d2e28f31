/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether to rely on something that is sometimes wrong, and costs a conflict then: each time that it was wrong it is
 * left alone for about twice as long as the last time, and each time that it was relied on and right for a little less.
 */
#ifndef GW_STOCK_CONFIDENCE_H
#define GW_STOCK_CONFIDENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { GW_TRUST_PAUSE_MAX = 200 };

/* All zero: it is relied on. */
struct gw_trust {
    uint8_t pause;   /* how often it is to be right before it is relied on */
    uint8_t caution; /* what the pause was when it was wrong last; less for each time that it was right since */
};

static inline bool gw_trust_holds(const struct gw_trust *trust)
{
    return trust->pause == 0;
}

static inline void gw_trust_judge(struct gw_trust *trust, bool was_right)
{
    if (!was_right) {
        trust->caution =
            trust->caution < GW_TRUST_PAUSE_MAX / 2 ? (uint8_t)(trust->caution * 2 + 2) : GW_TRUST_PAUSE_MAX;
        trust->pause = trust->caution;
    } else if (trust->pause > 0) {
        trust->pause--;
    } else if (trust->caution > 0) {
        trust->caution--;
    }
}

#endif
