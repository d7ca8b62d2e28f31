# SPDX-License-Identifier: Apache-2.0
"""Notices that a notifier gives up go to the route's fallback: nothing is lost, a dead letter records it, and a run
over a finite input does not end before the fallback has delivered."""

import shutil

import pytest
from commands import lines
from gateway import STATUS_OK, build_folder
from ledger import Ledger, assert_nothing_waits

CONFIG = """\
service: fallback
plugins: {dir: plugins}
repository: {plugin: %(repository)s}
entrypoints:
  commands: {plugin: jsonl_reader, path: commands.jsonl}
notifiers:
%(notifiers)s
routes:
%(routes)s
"""

SQLITE = "sqlite_repository, path: gangway.db"
REFUSES = "plugin: refusing_notifier, to: [buyer]"
FAILS = "plugin: refusing_notifier, to: [buyer], answer: fail, backoff: 20ms, give_up: 300ms"
CONSOLE = "plugin: console_notifier"


@pytest.fixture
def told(gateway):
    """Runs three orders that are out of stock, and one that is not, with these notifiers and routes."""
    folder = gateway.folder / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in [*build_folder().glob("plugins/*.so"), build_folder() / "tests/plugins/refusing_notifier.so"]:
        shutil.copyfile(plugin, folder / plugin.name)
        (folder / plugin.name).chmod(0o755)
    commands = [{"type": "CreateBatch", "ref": f"b-{sku}", "sku": sku, "qty": 5} for sku in ("LAMP", "SOFA", "DESK")]
    commands += [{"type": "Allocate", "orderid": "o1", "sku": sku, "qty": 9} for sku in ("LAMP", "SOFA", "DESK")]
    commands += [{"type": "Allocate", "orderid": "o1", "sku": "LAMP", "qty": 2}]
    gateway.commands.write_text(lines(*commands))

    def run(notifiers, routes, repository=SQLITE):
        texts = {
            "repository": repository,
            "notifiers": "".join(f"  {name}: {{{options}}}\n" for name, options in notifiers.items()),
            "routes": "".join(f"  {event}: {{{route}}}\n" for event, route in routes.items()),
        }
        gateway.write_config(CONFIG % texts)
        result = gateway.run()
        assert result.status == STATUS_OK, result
        return result

    return run


NOTICES = [f"Out of stock for {sku}" for sku in ("LAMP", "SOFA", "DESK")]


def dead_deliveries(gateway):
    """(destination, recipient, event, SKU) of every notice that was given up, sorted."""
    listed = gateway.call("dlq", "list", "--config", gateway.config, "--format", "json")
    letters = [gateway.dead_letter(row["id"]) for row in listed.table()]
    assert {letter["kind"] for letter in letters} <= {"delivery"}
    return sorted((letter["entrypoint"], letter["recipient"], letter["type"], letter["key"]) for letter in letters)


def given_up(destination, recipient, event="OutOfStock", skus=("DESK", "LAMP", "SOFA")):
    return [(destination, recipient, event, sku) for sku in skus]


@pytest.mark.parametrize("first", [REFUSES, FAILS], ids=["refused", "given-up"])
def test_the_fallback_gets_notices_that_the_first_notifier_gave_up(gateway, told, first):
    result = told({"buyers": first, "ops": CONSOLE}, {"OutOfStock": "notify: [buyers], fallback: [ops]"})
    assert sorted(result.notices()) == sorted(NOTICES)
    assert dead_deliveries(gateway) == given_up("buyers", "buyer")
    assert_nothing_waits(Ledger(gateway.database))


def test_no_run_ends_before_the_fallback_has_delivered(told):
    """One run may end right by luck: the first one's last look and the fallback's are a race."""
    for _ in range(40):
        result = told(
            {"buyers": REFUSES, "ops": CONSOLE}, {"OutOfStock": "notify: [buyers], fallback: [ops]"}, "memory_repository"
        )
        assert sorted(result.notices()) == sorted(NOTICES)


def test_the_fallback_does_not_get_delivered_notices(gateway, told):
    result = told({"buyers": CONSOLE, "ops": REFUSES}, {"OutOfStock": "notify: [buyers], fallback: [ops]"})
    assert result.notices() == NOTICES
    assert dead_deliveries(gateway) == []


def test_each_notifier_that_gives_up_has_its_fallback(gateway, told):
    notifiers = {"buyers": REFUSES, "stock": REFUSES, "ops": CONSOLE}
    result = told(notifiers, {"OutOfStock": "notify: [buyers, stock], fallback: [ops]"})
    assert sorted(result.notices()) == sorted(2 * NOTICES)
    assert dead_deliveries(gateway) == given_up("buyers", "buyer") + given_up("stock", "buyer")


def test_every_recipient_of_the_fallback_gets_the_notice_and_a_fallback_has_no_fallback(gateway, told):
    notifiers = {"buyers": REFUSES, "ops": REFUSES.replace("buyer", "one, two")}
    told(notifiers, {"OutOfStock": "notify: [buyers], fallback: [ops]"})
    assert dead_deliveries(gateway) == (
        given_up("buyers", "buyer") + given_up("ops", "one") + given_up("ops", "two")
    )
    assert_nothing_waits(Ledger(gateway.database))


def test_two_notifiers_that_are_each_others_fallback_terminate(gateway, told):
    routes = {"OutOfStock": "notify: [a], fallback: [b]", "Allocated": "notify: [b], fallback: [a]"}
    told({"a": FAILS, "b": f"{REFUSES}, give_up: 300ms"}, routes)
    assert dead_deliveries(gateway) == sorted(
        given_up("a", "buyer") + given_up("b", "buyer")
        + given_up("a", "buyer", "Allocated", ["LAMP"]) + given_up("b", "buyer", "Allocated", ["LAMP"])
    )
    assert_nothing_waits(Ledger(gateway.database))
