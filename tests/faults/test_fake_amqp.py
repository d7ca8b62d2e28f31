# SPDX-License-Identifier: Apache-2.0
"""A broker that lies and stalls: the gateway gives the connection up within two heartbeats, opens another, and holds no
more memory than its limits. All brokers at once, each with an entrypoint of its own."""

import contextlib
import signal

import fake_amqp as amqp
from gateway import STATUS_OK, Gateway
from log_records import logged
from waiting import until

HEARTBEAT_SECONDS = 2
SLACK_SECONDS = 3  # the machine is busy
GIB = 1 << 30
WHOLE = amqp.deliver() + amqp.header(10) + amqp.body(b'{"type":0}')

# Noticed at once, as it is against the protocol.
LIES = {
    "claims_1_gib": amqp.deliver() + amqp.header(GIB),
    "claims_2_63": amqp.deliver() + amqp.header(1 << 63),
    "body_before_header": amqp.deliver() + amqp.body(b"{}"),
    "header_without_method": amqp.header(2),
    "longer_than_claimed": amqp.deliver() + amqp.header(2) + amqp.body(b"{}}"),
    "method_in_a_message": amqp.deliver() + amqp.header(4) + amqp.body(b"{}") + amqp.deliver(2),
    "another_channel": WHOLE.replace(b"\2\0\1", b"\2\0\7"),
    "no_end_octet": WHOLE[:-1] + b"x",
    "a_frame_of_4_gib": b"\1\0\1\xff\xff\xff\xff",
    "no_amqp": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}
# Noticed by the silence.
STALLS = {f"stall_{at}": WHOLE[:at] for at in (0, 3, 20, len(WHOLE) - 30, len(WHOLE) - 1)}

CONFIG = """\
service: faults
repository: {{plugin: memory_repository}}
entrypoints:
{entrypoints}
publishers:
  events: {{plugin: jsonl_writer, path: events.jsonl}}
"""
ENTRYPOINT = "  {name}: {{plugin: amqp_consumer, url: '{url}', queues: {{orders: auto}}, heartbeat: {heartbeat}s}}"


def test_nothing_hangs_for_longer_than_two_heartbeats(tmp_path):
    with contextlib.ExitStack() as stack:
        brokers = {name: stack.enter_context(amqp.FakeBroker(message)) for name, message in (LIES | STALLS).items()}
        entrypoints = [ENTRYPOINT.format(name=name, url=broker.url, heartbeat=HEARTBEAT_SECONDS)
                       for name, broker in brokers.items()]
        gateway = Gateway(tmp_path, CONFIG.format(entrypoints="\n".join(entrypoints)))
        stack.callback(gateway.close)
        log = tmp_path / "log"
        with log.open("wb") as out:
            process = gateway.start("run", gateway.config, stdout=out, stderr=out)
        until(lambda: all(broker.lives for broker in brokers.values()), 30, lambda: told(brokers, log), process)
        peak = peak_bytes(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == STATUS_OK, log.read_text()
    for name, broker in brokers.items():
        sent, closed = broker.lives[0]
        limit = 2 * HEARTBEAT_SECONDS if name in STALLS else 0
        assert closed - sent < limit + SLACK_SECONDS, (name, closed - sent)
        assert bool(logged(log.read_text(), "GW-W613", name)) == (name in LIES), name
    assert peak < 1 << 29


def told(brokers, log):
    return f"{[name for name, broker in brokers.items() if not broker.lives]}\n{log.read_text()}"


def peak_bytes(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
