/* SPDX-License-Identifier: Apache-2.0 */
/* AMQP URLs: what they mean, and that no error shows a part of one. No network. */
#include "check_main.h"

#include "amqp/address.h"

#include <check.h>

#include <string.h>

static const char *shown(const char *text)
{
    return text != NULL ? text : "none";
}

static void expect(const char *url, const char *host, const char *port, const char *user, const char *password,
                   const char *vhost)
{
    struct rabbit_address address;

    ck_assert_msg(rabbit_address_read(url, &address, NULL) == GW_OK, "%s", url);
    ck_assert_str_eq(address.host, host);
    ck_assert_str_eq(address.port, port);
    ck_assert_str_eq(shown(address.user), user);
    ck_assert_str_eq(shown(address.password), password);
    ck_assert_str_eq(address.vhost, vhost);
    rabbit_address_done(&address);
}

START_TEST(parts_that_are_left_out_have_defaults)
{
    expect("amqp://rabbit", "rabbit", "5672", "none", "none", "/");
    expect("amqps://rabbit", "rabbit", "5671", "none", "none", "/");
    expect("amqp://rabbit/", "rabbit", "5672", "none", "none", "/");
    expect("amqp://gangway@rabbit", "rabbit", "5672", "gangway", "none", "/");
    expect("amqp://gangway:@rabbit/shop", "rabbit", "5672", "gangway", "", "shop");
}
END_TEST

START_TEST(parts_are_decoded)
{
    expect("amqp://a%40b:p%2fw%3A%e2%82%ac@rabbit:5673/%2f", "rabbit", "5673", "a@b", "p/w:\xe2\x82\xac", "/");
    expect("amqp://a:p@w@rabbit/shop%2ftest", "rabbit", "5672", "a", "p@w", "shop/test");
    expect("amqp://[::1]:5673/shop", "::1", "5673", "none", "none", "shop");
    expect("amqp://[fe80::1]", "fe80::1", "5672", "none", "none", "/");
}
END_TEST

START_TEST(what_is_no_url_is_refused_without_showing_it)
{
    static const char *const urls[] = {"",
                                       "rabbit",
                                       "http://a:sesame@rabbit",
                                       "AMQP://a:sesame@rabbit",
                                       "amqp://",
                                       "amqp:///sesame",
                                       "amqp://a:sesame@",
                                       "amqp://:sesame@rabbit",
                                       "amqp://a:sesame%4@rabbit",
                                       "amqp://a:sesame%00@rabbit",
                                       "amqp://a:sesame@rabbit:0",
                                       "amqp://a:sesame@rabbit:65536",
                                       "amqp://a:sesame@rabbit:123456789",
                                       "amqp://a:sesame@rabbit:56x",
                                       "amqp://a:sesame@rabbit:",
                                       "amqp://a:sesame@[::1",
                                       "amqp://a:sesame@[::1]5672",
                                       "amqp://a:sesame@rabbit/shop/sesame",
                                       "amqp://a:sesame@rabbit/shop?heartbeat=sesame",
                                       "amqp://a:sesame@rabbit?heartbeat=sesame",
                                       "amqp://a:sesame@rabbit/shop%zz"};

    for (size_t index = 0; index < sizeof urls / sizeof *urls; index++) {
        struct rabbit_address address;
        struct gw_error error = {0};

        ck_assert_msg(rabbit_address_read(urls[index], &address, &error) == GW_INVALID, "%s", urls[index]);
        ck_assert_msg(strstr(error.text, "sesame") == NULL, "%s", error.text);
    }
}
END_TEST

START_TEST(a_node_is_a_host_with_or_without_a_port)
{
    static const struct {
        const char *text, *host, *port;
        bool is_tls;
    } nodes[] = {{"rabbit-1", "rabbit-1", "5672", false},
                 {"rabbit-1", "rabbit-1", "5671", true},
                 {"rabbit-1:5680", "rabbit-1", "5680", true},
                 {"[::1]:5680", "::1", "5680", false}};
    static const char *const others[] = {"", ":5672", "a:sesame@rabbit", "rabbit/shop", "rabbit:0", "amqp://rabbit"};

    for (size_t index = 0; index < sizeof nodes / sizeof *nodes; index++) {
        struct rabbit_address address;

        ck_assert_int_eq(rabbit_address_read_host(nodes[index].text, nodes[index].is_tls, &address, NULL), GW_OK);
        ck_assert_str_eq(address.host, nodes[index].host);
        ck_assert_str_eq(address.port, nodes[index].port);
        rabbit_address_done(&address);
    }
    for (size_t index = 0; index < sizeof others / sizeof *others; index++) {
        struct rabbit_address address;

        ck_assert_msg(rabbit_address_read_host(others[index], false, &address, NULL) == GW_INVALID, "%s",
                      others[index]);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("amqp_address");
    TCase *tests = tcase_create("address");

    tcase_add_test(tests, parts_that_are_left_out_have_defaults);
    tcase_add_test(tests, parts_are_decoded);
    tcase_add_test(tests, what_is_no_url_is_refused_without_showing_it);
    tcase_add_test(tests, a_node_is_a_host_with_or_without_a_port);
    suite_add_tcase(suite, tests);
    return suite;
}
