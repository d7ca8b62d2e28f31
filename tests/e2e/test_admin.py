# SPDX-License-Identifier: Apache-2.0
"""The admin interface of a gateway that runs: where it is found, and what it answers."""

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess

import pytest
from admin_client import ask, free_port, sockets
from gateway import QUICKSTART, STATUS_CONFIG, STATUS_FAILED, STATUS_OK, STATUS_USAGE, Gateway
from log_records import CODE, logged
from postgres import Postgres
from waiting import until

FOLLOWED = QUICKSTART.replace("path: commands.jsonl", "path: commands.jsonl, follow: true")


@contextlib.contextmanager
def running(gateway, env=None):
    """The log of a `gangway run`, which is stopped at the end."""
    gateway.commands.touch()
    log = gateway.folder / f"log{len(gateway.processes)}"
    with log.open("wb") as stream:
        process = gateway.start("run", gateway.config, stdout=subprocess.DEVNULL, stderr=stream, env=env)
    try:
        yield process, log
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def status_of(where, path):
    with contextlib.suppress(OSError):
        return ask(where, path)[0]


def wait_for(gateway, path="/readyz", status=200, process=None, log=None):
    """The socket, once it answers so."""
    until(lambda: [found for found in sockets(gateway) if status_of(found, path) == status], 20,
          log.read_text if log else str, process)
    return sockets(gateway)[0]


def test_the_socket_is_in_the_runtime_directory_and_goes_with_the_gateway(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log):
        found = wait_for(gateway, process=process, log=log)
        assert found.name == f"quickstart.{process.pid}.sock"
        assert ask(found, "/livez") == (200, "alive\n")
        assert json.loads(ask(found, "/readyz?format=json")[1]) == {"ready": True, "problems": []}
        process.terminate()
        assert process.wait(20) == STATUS_OK
        assert list(found.parent.iterdir()) == []
        assert not logged(log.read_text(), CODE.ADMIN_SOCKET_MISSING)


def test_a_killed_gateway_leaves_a_socket_that_the_next_one_replaces(gateway):
    gateway.write_config(FOLLOWED + "admin: {socket: admin.sock}\n")
    path = gateway.folder / "admin.sock"
    for ends in (signal.SIGKILL, signal.SIGTERM):
        with running(gateway) as (process, log):
            until(lambda: status_of(path, "/readyz") == 200, 20, log.read_text, process)
            process.send_signal(ends)
            process.wait(20)
            assert path.exists() == (ends == signal.SIGKILL)


def test_a_live_socket_that_the_file_names_is_refused(gateway, tmp_path):
    gateway.write_config(FOLLOWED + "admin: {socket: admin.sock}\n")
    (tmp_path / "second").mkdir()
    second = Gateway(tmp_path / "second", FOLLOWED + f"admin: {{socket: {tmp_path}/admin.sock}}\n")
    second.commands.touch()
    with running(gateway) as (process, log), contextlib.closing(second):
        until(lambda: status_of(tmp_path / "admin.sock", "/readyz") == 200, 20, log.read_text, process)
        result = second.run()
        assert result.status == STATUS_CONFIG, result
        assert logged(result.err, CODE.GATEWAY_FAILED), result
        assert ask(tmp_path / "admin.sock", "/livez")[0] == 200


def test_without_a_place_for_a_socket_there_is_one_warning(gateway):
    gateway.commands.touch()
    result = gateway.run(env={"XDG_RUNTIME_DIR": str(gateway.commands)})
    assert result.status == STATUS_OK, result
    assert len(logged(result.err, CODE.ADMIN_SOCKET_MISSING)) == 1, result


def test_the_listener_answers_by_id_and_code_only(gateway):
    port = free_port()
    gateway.write_config(FOLLOWED.replace("commands.jsonl, follow", "away/commands.jsonl, follow") +
                         f"admin: {{listen: '127.0.0.1:{port}'}}\n")
    with running(gateway) as (process, log):
        found = wait_for(gateway, status=503, process=process, log=log)
        until(lambda: CODE.INPUT_FAILED in ask(port, "/readyz")[1] or CODE.INPUT_REFUSED in ask(port, "/readyz")[1],
              20, log.read_text, process)
        status, text = ask(port, "/readyz")
        assert status == 503
        first, second = text.splitlines()
        assert first == "not ready" and second.split()[0] == "commands" and len(second.split()) == 2
        assert len(ask(found, "/readyz")[1].splitlines()[1].split()) > 2
        problems = json.loads(ask(port, "/readyz", headers={"Accept": "application/json"})[1])["problems"]
        assert [set(problem) for problem in problems] == [{"component", "code"}]
        assert ask(port, "/livez")[0] == 200
        assert ask(port, "/nothing")[0] == 404
        assert {ask(port, f"/api/v1/{word}")[0] for word in ("status", "config", "plan", "apply", "order")} == {404}
        assert ask(port, "/livez", method="POST", body="x")[0] == 405


def status_json(gateway):
    return json.loads(gateway.call("status", "--format", "json").out)


def test_status_shows_the_components_of_the_only_gateway(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log):
        wait_for(gateway, process=process, log=log)
        until(lambda: all(one["state"] == "running" for one in status_json(gateway)["components"].values()), 20)
        status = status_json(gateway)
        assert [(name, one["section"], one["plugin"]["name"]) for name, one in status["components"].items()] == \
            [("repository", "repository", "sqlite_repository"), ("commands", "entrypoints", "jsonl_reader"),
             ("events", "publishers", "jsonl_writer"), ("console", "notifiers", "console_notifier")]
        assert (status["service"], status["generation"], status["last_apply"]) == ("quickstart", 1, None)
        plain = gateway.call("status")
        rows = plain.out.splitlines()
        assert plain.status == STATUS_OK and [row.split()[0] for row in rows[-4:]] == list(status["components"]), plain


def metrics_of(found):
    """Name with labels -> value."""
    status, text = ask(found, "/metrics")
    assert status == 200, text
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if not line.startswith("#")}


def test_figures_add_up_to_what_was_received(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log):
        found = wait_for(gateway, process=process, log=log)
        until(lambda: metrics_of(found).get("gangway_dead_letters") == 0, 20, log.read_text, process)
        with gateway.commands.open("a", encoding="utf-8") as commands:
            commands.write('{"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 10}\n')
            commands.writelines(f'{{"type": "Allocate", "orderid": "o{i}", "sku": "LAMP", "qty": 1}}\n'
                                for i in range(12))
            commands.write('{"type": "Allocate", "orderid": "o", "sku": "CHAIR", "qty": 1}\n')
        until(lambda: metrics_of(found)['gangway_delivered_total{destination="events",outcome="sent"}'] == 12, 20,
              log.read_text, process)
        metrics = metrics_of(found)
        settled = {name: value for name, value in metrics.items() if name.startswith("gangway_messages_settled_total")}
        assert metrics['gangway_messages_received_total{entrypoint="commands"}'] == sum(settled.values()) == 14
        assert metrics['gangway_turn_messages_sum{entrypoint="commands"}'] == 14
        assert metrics['gangway_delivered_total{destination="console",outcome="sent"}'] == 2
        assert metrics['gangway_outbox_pending{destination="events"}'] == 0
        assert metrics["gangway_outbox_orphans"] == 0
        assert metrics["gangway_config_last_apply_successful"] == 1
        components = status_json(gateway)["components"]
        assert components["commands"]["received"] == 14 and components["events"]["sent"] == 12


def test_the_metrics_are_as_prometheus_wants_them(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log):
        found = wait_for(gateway, process=process, log=log)
        until(lambda: "gangway_dead_letters" in ask(found, "/metrics")[1], 20, log.read_text, process)
        checked = subprocess.run(["promtool", "check", "metrics"], input=ask(found, "/metrics")[1], text=True,
                                 capture_output=True, check=False, timeout=20)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def done_and_rate(table, component):
    """What a component has done, and its rate."""
    heading, *rows = table[table.index("COMPONENT"):].splitlines()
    row = next(row for row in rows if row.startswith(component + " "))
    return row[heading.index("CONNECTED") + len("CONNECTED"):heading.index("WAITING")].split()


def test_status_has_the_rates_of_the_last_seconds(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log), gateway.commands.open("a", encoding="utf-8", buffering=1) as commands:
        wait_for(gateway, process=process, log=log)
        commands.write('{"type": "CreateBatch", "ref": "b", "sku": "LAMP", "qty": 100000}\n')
        sent = 0

        def rates():
            nonlocal sent
            sent += 1
            commands.write(f'{{"type": "Allocate", "orderid": "o{sent}", "sku": "LAMP", "qty": 1}}\n')
            components = status_json(gateway)["components"]
            return [components["commands"]["received_per_s"], components["events"]["sent_per_s"],
                    components["console"]["sent_per_s"]]

        until(lambda: all(rate is not None and rate > 0 for rate in rates()[:2]), 20, log.read_text, process)
        assert rates()[2] == 0
        done, rate = done_and_rate(gateway.call("status").out, "commands")
        assert int(done) > 0 and float(rate) > 0
        assert "per_s" not in json.dumps(status_json(gateway)["components"]["repository"])


CLEAR = "\x1b[H\x1b[2J"


def written_to(terminal):
    """What was written to it since the last look."""
    try:
        return os.read(terminal, 65536).decode()
    except BlockingIOError:
        return ""


def test_a_watch_repeats_the_status_until_the_gateway_ends_and_redraws_on_a_terminal(gateway):
    gateway.write_config(FOLLOWED)
    with running(gateway) as (process, log):
        wait_for(gateway, process=process, log=log)
        tables, (terminal, slave) = gateway.folder / "tables", pty.openpty()
        os.set_blocking(terminal, False)
        with tables.open("wb") as stream:
            watches = [gateway.start("status", "--watch", stdout=output, stderr=subprocess.DEVNULL)
                       for output in (stream, slave)]
        os.close(slave)
        shown = [written_to(terminal)]
        until(lambda: shown.append(written_to(terminal)) or "".join(shown).count("COMPONENT") == 2, 20, log.read_text,
              watches[1])
        until(lambda: tables.read_text().count("COMPONENT") == 2, 20, log.read_text, watches[0])
        assert "".join(shown).count(CLEAR) == 2 and CLEAR not in tables.read_text()
        process.terminate()
        assert process.wait(20) == STATUS_OK
        assert [watch.wait(20) for watch in watches] == [STATUS_FAILED, STATUS_FAILED]
        os.close(terminal)


def test_status_asks_which_gateway_where_several_run(gateway):
    (gateway.folder / "second").mkdir()
    second = Gateway(gateway.folder / "second", FOLLOWED.replace("quickstart", "second") +
                     f"admin: {{socket: {gateway.sockets}/named/second.sock}}\n")
    gateway.write_config(FOLLOWED)
    environment = {"XDG_RUNTIME_DIR": gateway.sockets}
    with running(gateway) as (process, log), contextlib.closing(second), running(second, env=environment):
        first_socket = wait_for(gateway, process=process, log=log)
        second_socket = gateway.sockets + "/named/second.sock"
        until(lambda: status_of(second_socket, "/readyz") == 200, 20)
        assert gateway.call("status").status == STATUS_OK  # the other one is not in the runtime directory
        assert gateway.call("status", "--config", second.config).status == STATUS_OK
        assert gateway.call("status", "--socket", second_socket).status == STATUS_OK
        (gateway.folder / "third").mkdir()
        third = Gateway(gateway.folder / "third", FOLLOWED)
        with contextlib.closing(third), running(third, env=environment):
            until(lambda: len(sockets(gateway)) == 2, 20)
            result = gateway.call("status")
            assert result.status == STATUS_USAGE, result
            assert all(str(found) in result.err for found in sockets(gateway)), result
            assert gateway.call("status", "--socket", first_socket).status == STATUS_OK


def test_status_without_a_gateway_fails(gateway):
    result = gateway.call("status")
    assert result.status == STATUS_FAILED and gateway.sockets in result.err, result
    assert gateway.call("status", "--socket", gateway.folder / "nothing.sock").status == STATUS_FAILED


def test_an_address_in_use_is_refused(gateway):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        gateway.write_config(FOLLOWED + f"admin: {{listen: '127.0.0.1:{taken.getsockname()[1]}'}}\n")
        result = gateway.run()
    assert result.status == STATUS_CONFIG, result


AWAY = "{plugin: postgres_repository, url: 'host=127.0.0.1 port=1 dbname=x user=x'}"


def test_while_the_start_waits_for_the_repository_everything_says_so_and_nothing_is_applied(gateway):
    gateway.write_config(FOLLOWED.replace("{plugin: sqlite_repository, path: gangway.db}", AWAY))
    with running(gateway) as (process, log):
        found = wait_for(gateway, status=503, process=process, log=log)
        until(lambda: logged(log.read_text(), CODE.REPOSITORY_FAILED), 20, log.read_text, process)
        assert ask(found, "/livez")[0] == 200
        problems = json.loads(ask(found, "/readyz?format=json")[1])["problems"]
        assert [(problem["component"], problem["code"]) for problem in problems] == [
            ("repository", CODE.REPOSITORY_FAILED)]
        now = status_json(gateway)
        assert now["starting"] and now["generation"] == 0 and now["last_apply"] is None
        states = {name: component["state"] for name, component in now["components"].items()}
        assert states == {"repository": "waiting", "commands": "open", "events": "open", "console": "open"}
        assert now["components"]["repository"]["error"]["code"] == CODE.REPOSITORY_FAILED
        assert gateway.call("status").out.startswith("quickstart: starting")
        assert ask(found, "/metrics")[0] == 200 and json.loads(ask(found, "/api/v1/config")[1])["generation"] == 0
        for verb in ("plan", "apply"):
            result = gateway.call(verb, gateway.config)
            assert result.status == STATUS_FAILED and "repository" in result.err, result
        process.send_signal(signal.SIGHUP)
        until(lambda: logged(log.read_text(), CODE.CONFIGURATION_REFUSED), 20, log.read_text, process)
        process.terminate()
        assert process.wait(20) == STATUS_OK


@pytest.mark.once
def test_an_outage_of_the_database_is_alive_and_not_ready(gateway):
    with Postgres() as server:
        url = server.createdb("stock")
        gateway.write_config(FOLLOWED.replace("{plugin: sqlite_repository, path: gangway.db}",
                                              f"{{plugin: postgres_repository, url: '{url}'}}"))
        server.halt()
        with running(gateway) as (process, log):
            found = wait_for(gateway, status=503, process=process, log=log)
            until(lambda: logged(log.read_text(), CODE.REPOSITORY_FAILED), 20, log.read_text, process)
            assert ask(found, "/readyz")[0] == 503
            assert ask(found, "/livez")[0] == 200
            process.send_signal(signal.SIGHUP)
            until(lambda: logged(log.read_text(), CODE.CONFIGURATION_REFUSED), 20, log.read_text, process)
            server.start()
            wait_for(gateway, process=process, log=log)
            assert not logged(log.read_text(), CODE.CONFIGURATION_UNCHANGED), "the refused signal was served later"
            process.send_signal(signal.SIGHUP)
            until(lambda: logged(log.read_text(), CODE.CONFIGURATION_UNCHANGED), 20, log.read_text, process)
            server.halt("immediate")
            until(lambda: status_of(found, "/readyz") == 503, 30, log.read_text, process)
            problems = json.loads(ask(found, "/readyz?format=json")[1])["problems"]
            assert [(problem["component"], problem["code"]) for problem in problems] == \
                [("repository", CODE.REPOSITORY_FAILED)]
            assert ask(found, "/livez")[0] == 200
            server.start()
            until(lambda: status_of(found, "/readyz") == 200, 30, log.read_text, process)


@pytest.mark.once
def test_of_two_gateways_on_one_database_one_reports_each_shared_figure(gateway):
    shared = ['gangway_outbox_pending{destination="events"}', 'gangway_outbox_pending{destination="console"}',
              "gangway_dead_letters", "gangway_outbox_orphans"]
    with Postgres() as server:
        config = FOLLOWED.replace("{plugin: sqlite_repository, path: gangway.db}",
                                  f"{{plugin: postgres_repository, url: '{server.createdb('stock')}'}}")
        (gateway.folder / "second").mkdir()
        second = Gateway(gateway.folder / "second", config + f"admin: {{socket: {gateway.sockets}/named/second.sock}}\n")
        gateway.write_config(config)
        with running(gateway) as (process, log), contextlib.closing(second), running(second):
            places = [wait_for(gateway, process=process, log=log), gateway.sockets + "/named/second.sock"]
            until(lambda: status_of(places[1], "/readyz") == 200, 20)
            until(lambda: all(any(name in metrics_of(place) for place in places) for name in shared), 20,
                  log.read_text, process)
            reported = [[name for name in shared if name in metrics_of(place)] for place in places]
            assert sorted(reported[0] + reported[1]) == sorted(shared)
            delivers = [json.loads(ask(place, "/api/v1/status")[1])["components"]["events"]["delivers"]
                        for place in places]
            assert sorted(delivers) == [False, True]
