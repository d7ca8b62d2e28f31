/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "check_main.h"

#include <arpa/inet.h>

START_TEST(an_ipv4_address_and_a_port_are_read)
{
    struct gw_address address;

    ck_assert(gw_address_read("127.0.0.1:9477", &address));
    ck_assert_int_eq(address.socket.any.sa_family, AF_INET);
    ck_assert_uint_eq(ntohl(address.socket.v4.sin_addr.s_addr), INADDR_LOOPBACK);
    ck_assert_uint_eq(ntohs(address.socket.v4.sin_port), 9477);
    ck_assert_uint_eq(address.length, sizeof(struct sockaddr_in));
    ck_assert(gw_address_read("localhost:65535", &address));
    ck_assert_uint_eq(ntohl(address.socket.v4.sin_addr.s_addr), INADDR_LOOPBACK);
    ck_assert_uint_eq(ntohs(address.socket.v4.sin_port), 65535);
}
END_TEST

START_TEST(an_ipv6_address_is_read_in_brackets)
{
    struct gw_address address;

    ck_assert(gw_address_read("[2001:db8::7]:80", &address));
    ck_assert_int_eq(address.socket.any.sa_family, AF_INET6);
    ck_assert_uint_eq(address.socket.v6.sin6_addr.s6_addr[15], 7);
    ck_assert_uint_eq(ntohs(address.socket.v6.sin6_port), 80);
    ck_assert_uint_eq(address.length, sizeof(struct sockaddr_in6));
}
END_TEST

static const char *const wrong[] = {"",
                                    ":",
                                    ":80",
                                    "127.0.0.1",
                                    "127.0.0.1:",
                                    "127.0.0.1:http",
                                    "127.0.0.1:65536",
                                    "127.0.0.1:99999999999",
                                    "127.0.0.1:-1",
                                    "127.0.0.1:+1",
                                    "127.0.0.1: 1",
                                    "127.0.0.256:80",
                                    "127.1:80",
                                    "::1:80",
                                    "[::1]80",
                                    "[::1:80",
                                    "[]:80",
                                    "[:80",
                                    "[127.0.0.1]:80",
                                    "example.com:80",
                                    "[aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa]:80"};

START_TEST(other_texts_are_no_address)
{
    struct gw_address address;

    ck_assert_msg(!gw_address_read(wrong[_i], &address), "%s was read", wrong[_i]);
}
END_TEST

START_TEST(only_loopback_addresses_are_loopback)
{
    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {{"127.0.0.1:1", true}, {"127.9.9.9:1", true}, {"localhost:1", true}, {"[::1]:1", true},
                 {"0.0.0.0:1", false},  {"[::]:1", false},     {"10.0.0.1:1", false}, {"[fe80::1]:1", false}};

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct gw_address address;

        ck_assert(gw_address_read(cases[index].text, &address));
        ck_assert_int_eq(gw_address_is_loopback(&address), cases[index].is_loopback);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("address");
    TCase *tests = tcase_create("address");

    tcase_add_test(tests, an_ipv4_address_and_a_port_are_read);
    tcase_add_test(tests, an_ipv6_address_is_read_in_brackets);
    tcase_add_loop_test(tests, other_texts_are_no_address, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tests, only_loopback_addresses_are_loopback);
    suite_add_tcase(suite, tests);
    return suite;
}
