/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugins with a client of libcurl share: addresses, Retry-After, statuses, and secrets in texts. No network.
 */
#include "check_main.h"

#include "curl/address.h"
#include "curl/redaction.h"
#include "curl/retry_after.h"
#include "curl/status.h"

#include <check.h>

#include <string.h>

/* 2026-01-01T00:00:00Z */
static const int64_t now_unix_ms = 1767225600000;

static int64_t pause_ms(const char *value)
{
    return curl_retry_after_ms(gw_text_of(value), now_unix_ms);
}

START_TEST(retry_after_reads_seconds_and_fractions)
{
    ck_assert_int_eq(pause_ms("1"), 1000);
    ck_assert_int_eq(pause_ms(" 120\t"), 120000);
    ck_assert_int_eq(pause_ms("0"), 0);
    ck_assert_int_eq(pause_ms("1.5"), 1500);
    ck_assert_int_eq(pause_ms("0.0004"), 0);
    ck_assert_int_eq(pause_ms("64.57"), 64570);
}
END_TEST

START_TEST(retry_after_reads_dates)
{
    ck_assert_int_eq(pause_ms("Thu, 01 Jan 2026 00:00:30 GMT"), 30000);
    ck_assert_int_eq(pause_ms("Thursday, 01-Jan-26 00:01:00 GMT"), 60000);
    ck_assert_int_eq(pause_ms("Thu Jan  1 00:02:00 2026"), 120000);
    ck_assert_int_eq(pause_ms("Wed, 31 Dec 2025 23:59:59 GMT"), 0);
}
END_TEST

START_TEST(retry_after_is_at_most_an_hour)
{
    ck_assert_int_eq(pause_ms("3600"), 3600000);
    ck_assert_int_eq(pause_ms("3601"), 3600000);
    ck_assert_int_eq(pause_ms("20200101"), 3600000); /* a number of seconds, not a date */
    ck_assert_int_eq(pause_ms("99999999999999999999999999999999"), 3600000);
    ck_assert_int_eq(pause_ms("Fri, 31 Dec 9999 23:59:59 GMT"), 3600000);
}
END_TEST

START_TEST(retry_after_without_meaning_asks_for_no_pause)
{
    static const char *const values[] = {"",     "-5",  "soon",  "1,5",  "12s",
                                         "+3",   "0x9", "1.5.2", ".5",   "2026-01-01",
                                         "\xff", "NaN", "1e3",   "12 5", "Thu, 99 Foo 2026 00:00:30 GMT"};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ck_assert_msg(pause_ms(values[i]) == 0, "\"%s\" is %lld ms", values[i], (long long)pause_ms(values[i]));
    ck_assert_int_eq(curl_retry_after_ms((struct gw_text){NULL, 0}, now_unix_ms), 0);
}
END_TEST

static enum gw_status read_address(const char *url, struct curl_address *address, struct gw_error *error)
{
    static const char *const schemes[] = {"https", "http", NULL};

    *address = (struct curl_address){0};
    *error = (struct gw_error){0};
    return curl_address_read(url, schemes, address, error);
}

START_TEST(an_address_has_scheme_host_and_port)
{
    struct curl_address address;
    struct gw_error error;

    ck_assert_int_eq(read_address("https://hooks.example.org/services/T0?a=b", &address, &error), GW_OK);
    ck_assert_str_eq(address.scheme, "https");
    ck_assert_str_eq(address.host, "hooks.example.org");
    ck_assert_str_eq(address.port, "443");
    ck_assert_int_eq(address.has_login || address.has_fragment, 0);
    curl_address_done(&address);
    ck_assert_int_eq(read_address("http://me:secret@[::1]:8080/#part", &address, &error), GW_OK);
    ck_assert_str_eq(address.port, "8080");
    ck_assert_int_eq(address.has_login && address.has_fragment, 1);
    curl_address_done(&address);
}
END_TEST

START_TEST(what_is_no_address_is_refused_without_being_shown)
{
    static const char *const urls[] = {"",
                                       "canary",
                                       "canary.example.org/hook",
                                       "https://",
                                       "https://canary example.org/",
                                       "ftp://example.org/canary",
                                       "file:///etc/canary",
                                       "https://example.org:canary/"};

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct curl_address address;
        struct gw_error error;

        ck_assert_msg(read_address(urls[i], &address, &error) == GW_INVALID, "%s", urls[i]);
        ck_assert_msg(strstr(error.text, "canary") == NULL, "%s", error.text);
        curl_address_done(&address);
    }
}
END_TEST

START_TEST(errors_of_libcurl_have_a_status)
{
    ck_assert_int_eq(curl_status(CURLE_OK), GW_OK);
    ck_assert_int_eq(curl_status(CURLE_COULDNT_RESOLVE_HOST), GW_TRANSIENT);
    ck_assert_int_eq(curl_status(CURLE_COULDNT_CONNECT), GW_TRANSIENT);
    ck_assert_int_eq(curl_status(CURLE_OPERATION_TIMEDOUT), GW_TRANSIENT);
    ck_assert_int_eq(curl_status(CURLE_GOT_NOTHING), GW_TRANSIENT);
    ck_assert_int_eq(curl_status(CURLE_PEER_FAILED_VERIFICATION), GW_CONFIG);
    ck_assert_int_eq(curl_status(CURLE_USE_SSL_FAILED), GW_CONFIG);
    ck_assert_int_eq(curl_status(CURLE_LOGIN_DENIED), GW_CONFIG);
    ck_assert_int_eq(curl_status(CURLE_OUT_OF_MEMORY), GW_NOMEM);
    for (int code = 1; code < CURL_LAST; code++)
        ck_assert_int_ne(curl_status((CURLcode)code), GW_OK);
}
END_TEST

/* ---- secrets in texts */

static struct redaction redaction;

static const char *redacted(const char *text, bool is_part, size_t size)
{
    static char line[512];

    memset(line, '~', sizeof line);
    redaction_write(&redaction, gw_text_of(text), is_part, line, size);
    ck_assert_ptr_nonnull(memchr(line, '\0', size));
    return line;
}

static void empty(void)
{
    redaction_done(&redaction);
}

START_TEST(secrets_are_replaced_wherever_they_are)
{
    ck_assert(redaction_add(&redaction, gw_text_of("token-4711")));
    ck_assert(redaction_add(&redaction, gw_text_of("token-4711-long")));
    ck_assert(redaction_add(&redaction, gw_text_of("abc")));
    ck_assert_str_eq(redacted("token-4711", false, 100), "***");
    ck_assert_str_eq(redacted("a token-4711token-4711-long b abc", false, 100), "a ****** b abc");
    ck_assert_str_eq(redacted("", false, 100), "");
    ck_assert_str_eq(redacted("TOKEN-4711", false, 100), "TOKEN-4711");
}
END_TEST

START_TEST(the_path_and_the_query_of_a_url_are_secret)
{
    const char *page = "Not Found: /services/T0AAAA/B0BBBB/x%2Dyz123?sig=s3cr3t%3D on hooks.example.org";

    ck_assert(redaction_add_url(&redaction, "https://u5er1:p4ssw@hooks.example.org:8443/services/T0AAAA/B0BBBB/"
                                            "x%2Dyz123?sig=s3cr3t%3D&v=1"));
    ck_assert_str_eq(redacted(page, false, 200), "Not Found: ***?sig=*** on hooks.example.org");
    ck_assert_str_eq(redacted("x-yz123 s3cr3t= p4ssw u5er1", false, 200), "*** *** *** ***");
    ck_assert_str_eq(redacted("hooks.example.org", false, 200), "hooks.example.org");
}
END_TEST

START_TEST(a_text_becomes_one_line_that_a_database_takes)
{
    ck_assert_str_eq(redacted("a\r\n\r\n  b\tc", false, 100), "a b c");
    ck_assert_str_eq(redacted("\xff\x1b[31m L\xc3\x84MP", false, 100), "\\xff\\x1b[31m L\xc3\x84MP");
}
END_TEST

START_TEST(a_text_that_does_not_fit_says_so)
{
    ck_assert_str_eq(redacted("0123456789", false, 11), "0123456789");
    ck_assert_str_eq(redacted("0123456789", false, 10), "012345...");
    ck_assert_str_eq(redacted("012345L\xc3\x84MP", false, 11), "012345L...");
    ck_assert_str_eq(redacted("0123", true, 100), "0123...");
}
END_TEST

START_TEST(a_secret_that_the_end_cuts_is_not_shown)
{
    ck_assert(redaction_add(&redaction, gw_text_of("token-4711")));
    ck_assert_ptr_null(strstr(redacted("it was token-47", true, 100), "tok"));
}
END_TEST

START_TEST(more_secrets_than_there_is_room_for_are_an_error)
{
    char secret[] = "secret-00";
    bool is_added = true;

    for (int number = 0; number < 99 && is_added; number++) {
        secret[7] = (char)('0' + number / 10);
        secret[8] = (char)('0' + number % 10);
        is_added = redaction_add(&redaction, gw_text_of(secret));
    }
    ck_assert(!is_added);
    ck_assert_str_eq(redacted("secret-00", false, 100), "***");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("curl_client");
    TCase *tests = tcase_create("parts");

    tcase_add_checked_fixture(tests, NULL, empty);
    tcase_add_test(tests, retry_after_reads_seconds_and_fractions);
    tcase_add_test(tests, retry_after_reads_dates);
    tcase_add_test(tests, retry_after_is_at_most_an_hour);
    tcase_add_test(tests, retry_after_without_meaning_asks_for_no_pause);
    tcase_add_test(tests, an_address_has_scheme_host_and_port);
    tcase_add_test(tests, what_is_no_address_is_refused_without_being_shown);
    tcase_add_test(tests, errors_of_libcurl_have_a_status);
    tcase_add_test(tests, secrets_are_replaced_wherever_they_are);
    tcase_add_test(tests, the_path_and_the_query_of_a_url_are_secret);
    tcase_add_test(tests, a_text_becomes_one_line_that_a_database_takes);
    tcase_add_test(tests, a_text_that_does_not_fit_says_so);
    tcase_add_test(tests, a_secret_that_the_end_cuts_is_not_shown);
    tcase_add_test(tests, more_secrets_than_there_is_room_for_are_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}
