# SPDX-License-Identifier: Apache-2.0
"""The tests of amqp_consumer detect bugs: the plugin is built with one, a program runs, and it must not pass. Without the
bug it does."""

import signal

import gateway as harness
import planted_plugin
import pytest
from load import TURN
from waiting import until

pytest.importorskip("pika", reason="needs the package python3-pika")

from rabbit_load import PREFETCH, held  # noqa: E402  (after the look whether its module is there)
from rabbit_stream import consumers  # noqa: E402

if not (harness.build_folder() / "build.ninja").exists():
    pytest.skip("the build folder has no commands of Ninja to build a plugin with", allow_module_level=True)

SENT = 5 * TURN
ACK_AT_ONCE = {
    "poll.c": ("        lent_give(&self->lent);\n", """\
        amqp_basic_ack_t ack = {.delivery_tag = lent_at(&self->lent, self->lent.given)->tag};
        (void)rabbit_link_send(&self->link, AMQP_BASIC_ACK_METHOD, &ack, NULL);
        (void)rabbit_link_serve(&self->link, NULL);
        lent_give(&self->lent);
"""),
    "settle.c": ("return tag > 0 ?", "return tag > UINT64_MAX - 1 ?"),
}
NO_PREFETCH = {"joining.c": ("(uint16_t)(each > 0 ? each : 1)", "(uint16_t)(each > 0 ? 0 : 1)")}
ANY_TAG = {"settle.c": ("loan->generation == self->link.generation &&", "loan->generation > 0 &&")}
RETURNED_TAG = {"settle.c": ("self->lent.first >= self->stale_before &&", "self->lent.first + 1 > 0 &&")}


@pytest.mark.parametrize("bug", [None, ACK_AT_ONCE], ids=["no bug", "acknowledged before they are applied"])
def test_a_crash_with_messages_that_are(bug, rabbit_load, tmp_path):
    if b"GANGWAY_FAULT" not in harness.binary().read_bytes():
        pytest.skip("this gateway was built without fault points: configure with -DGANGWAY_FAULT_POINTS=ON")
    load = rabbit_load
    load.plugins = bug and planted_plugin.plant(tmp_path, "amqp_consumer", bug)
    load.send(0, SENT).join()
    first = load.start(env={"GANGWAY_FAULT": "before-apply:2:stop"})
    until(first.is_stopped, 30, load.tell)
    # What is applied is acknowledged, and as many are delivered as may be unacknowledged. A lower count is the bug.
    least = SENT - load.taken() - PREFETCH
    until(lambda: load.look() == least if bug is None else load.look() < least, 30, load.tell)
    first.end(signal.SIGKILL)
    until(lambda: consumers(load.node, load.queue) == 0, 30, load.tell)  # what was not acknowledged waits again
    left = load.taken() + load.look()
    second = load.start()
    until(lambda: load.taken() == left and load.pending() == 0, 30, load.tell)
    second.end(signal.SIGTERM)
    lost = [violation for violation in load.judge(is_clean=False).violations if "lost" in violation]
    assert bool(lost) == (left < SENT) == (bug is not None), lost


@pytest.mark.parametrize("bug", [None, NO_PREFETCH], ids=["no bug", "without a limit"])
def test_messages_are_delivered_ahead(bug, rabbit_load, tmp_path):
    """As long as no turn commits nothing is acknowledged, so what no longer waits in the queue is delivered."""
    load = rabbit_load
    load.plugins = bug and planted_plugin.plant(tmp_path, "amqp_consumer", bug)
    load.send(0, SENT).join()
    load.prepare()
    with held(load):
        life = load.start()
        until(lambda: load.look() == SENT - (PREFETCH if bug is None else SENT), 30, load.tell)
    life.end(signal.SIGTERM)


@pytest.mark.parametrize("bug, found", [
    (ANY_TAG, "a_tag_of_an_older_connection_is_forgotten"),
    (RETURNED_TAG, "after_a_minute_without_the_repository_everything_goes_back_once"),
], ids=["of an older connection", "of a message that was given back"])
def test_a_tag_is_acknowledged_that_is(bug, found, tmp_path):
    """The core settles before it polls again, so no gateway gets there; the unit test does."""
    plugins = planted_plugin.plant(tmp_path, "amqp_consumer", bug)
    result = planted_plugin.unit_test("test_amqp_consumer", plugins)
    assert result.returncode != 0 and f"{found}:0:" in result.stdout, result.stdout
