/* SPDX-License-Identifier: Apache-2.0 */
/* One scalar of the bootstrap file: any bytes are a number that is written back as the same number, or are refused in
 * words that show none of them. */
#include "fuzz.h"

#include "options/value.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The text of a refusal follows a name, and is one of a few constants. */
static void check_refusal(enum gw_status status, const struct gw_error *error)
{
    fuzz_promise(status == GW_OK || status == GW_INVALID);
    if (status == GW_INVALID)
        fuzz_promise(error->text[0] != '\0' && strlen(error->text) < 100 && strchr(error->text, '\n') == NULL);
}

static void check_whole(struct gw_text text)
{
    char back[32];
    int64_t value = 0;
    struct gw_error error = {0};
    enum gw_status status = gw_value_int(text, &value, &error);

    check_refusal(status, &error);
    if (status != GW_OK)
        return;
    (void)snprintf(back, sizeof back, "%" PRId64, value);
    fuzz_promise(gw_text_is(text, back) || (value == 0 && gw_text_is(text, "-0")));
}

typedef enum gw_status measure_fn(struct gw_text text, int64_t *ret_value, struct gw_error *reterr);
typedef const char *spell_fn(char text[GW_VALUE_TEXT_MAX], int64_t value);

static void check_measure(struct gw_text text, measure_fn *measure, spell_fn *spell)
{
    char back[GW_VALUE_TEXT_MAX];
    int64_t value = -1;
    int64_t again = -1;
    struct gw_error error = {0};
    enum gw_status status = measure(text, &value, &error);

    check_refusal(status, &error);
    if (status != GW_OK)
        return;
    fuzz_promise(value >= 0);
    fuzz_promise(measure(gw_text_of(spell(back, value)), &again, NULL) == GW_OK && again == value);
}

static void check_others(struct gw_text text)
{
    double real = 0;
    uint32_t index = 99;
    struct gw_error error = {0};
    enum gw_status status = gw_value_float(text, &real, &error);

    check_refusal(status, &error);
    fuzz_promise(status != GW_OK || isfinite(real));
    status = gw_value_bool(text, &index, &error);
    check_refusal(status, &error);
    fuzz_promise(status != GW_OK || index <= 1);
    index = 99;
    status = gw_value_choice(text, "earliest|latest|error", &index, &error);
    fuzz_promise(status == GW_OK ? index <= 2 : status == GW_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct gw_text text = gw_text_span((const char *)bytes, len);

    check_whole(text);
    check_measure(text, gw_value_duration, gw_value_duration_text);
    check_measure(text, gw_value_size, gw_value_size_text);
    check_others(text);
    return 0;
}
