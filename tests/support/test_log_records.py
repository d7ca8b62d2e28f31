# SPDX-License-Identifier: Apache-2.0
"""Records are found in both formats of the log, and nothing else is taken for one."""

from log_records import CODE, logged, records

JSON_LINE = ('{"time":"2026-11-30T07:00:00.000Z","level":"error","code":"GW-E106","component":"orders",'
             '"message":"source a is stopped"}')
PLAIN_LINE = '2026-11-30T07:00:00.000Z error GW-E106 orders: source b is stopped: why offset=7'


def test_both_formats_have_the_same_members():
    for line in (JSON_LINE, PLAIN_LINE):
        (record,) = records(f"{line}\n")
        assert (record["level"], record["code"], record["component"]) == ("error", CODE.SOURCE_STOPPED, "orders")
        assert record["message"].startswith("source ")


def test_a_code_and_facts_choose_the_records():
    text = f"{JSON_LINE}\n{PLAIN_LINE}\n"
    assert len(logged(text, CODE.SOURCE_STOPPED)) == 2
    assert len(logged(text, CODE.SOURCE_STOPPED, "source b", "offset=7")) == 1
    assert logged(text, CODE.SOURCE_STOPPED, "source c") == [] and logged(text, CODE.SOURCE_MOVED) == []


def test_a_record_needs_neither_code_nor_component():
    assert "code" not in records("2026-11-30T07:00:00.000Z debug: detail")[0]
    assert records("2026-11-30T07:00:00.000Z info GW-I001: it runs")[0]["code"] == CODE.GATEWAY_STARTED


def test_other_lines_are_no_records():
    assert records(f'received 4, applied 4\n{{"id": 1}}\n[1]\n{JSON_LINE[:-5]}\n') == []
