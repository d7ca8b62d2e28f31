# SPDX-License-Identifier: Apache-2.0
"""Every secret option of the three notifiers has a canary of its own, and their servers refuse and repeat all that they get.
Nothing that the gateway prints, logs, stores or answers has a canary."""

import base64
import json
from pathlib import Path

import pytest
import yaml
from admin_client import ask, sockets
from commands import allocate, batch, lines
from gateway import STATUS_OK
from local_server import free_port
from mail_server import PlayedServer, Tls
from waiting import until
from webhook_server import Answer, WebhookServer

SIGNING = "whsec_" + base64.b64encode(b"canary-signing-secret-77").decode()
SECRETS = {"URL_PATH": "canary-path", "TOKEN": "canary-token", "HEADER": "canary-header", "FIELD": "canary-field",
           "SIGNING": SIGNING, "PASSWORD": "canary-password", "SLACK_TOKEN": "xoxb-canary-slack",
           "KEY_PASSWORD": "canary-key-password"}
EVENT = {"type": "OutOfStock", "sku": "LAMP", "orderid": "o1", "qty": 2}


def traces():
    """The canaries as they are, and as they go over the network."""
    login = [b"\0gangway\0canary-password", b"canary-password", b"gangway:canary-password"]
    return ["canary", SIGNING[6:], *(base64.b64encode(text).decode() for text in login)]


def assert_clean(*texts):
    for text in texts:
        for trace in traces():
            assert trace not in text, f"{trace} in:\n{text[-4000:]}"


class Echo(WebhookServer):
    """Answers with everything that came."""

    status = 401

    def record(self, request):
        super().record(request)
        return Answer(self.status, {"Location": f"http://127.0.0.1:1{request.path}"},
                      f"{request.path} {request.headers} {request.body.decode()}".encode())


def repeat_login(talk):
    """A mail server that refuses a login with its own words."""
    talk.greet("AUTH PLAIN")
    line = talk.hear()
    if line.startswith("AUTH PLAIN"):
        heard = line.removeprefix("AUTH PLAIN").strip()
        if not heard:
            talk.say("334 ")
            heard = talk.hear()
        password = base64.b64decode(heard).split(b"\0")[2]
        talk.say(f"535 5.7.8 {heard} {password.decode()} {base64.b64encode(password).decode()}")
        talk.hear()


def config(ca, hook, slack, mail, **more):
    """A file whose notifiers have each secret option, as {env: NAME}; more: options of all that use TLS."""
    def env(name):
        return {"env": name}

    common = {"ca": str(ca), "backoff": "100ms", "backoff_max": "200ms"} | more
    return {
        "service": "secrets", "repository": {"plugin": "sqlite_repository", "path": "gangway.db"},
        "entrypoints": {"commands": {"plugin": "jsonl_reader", "path": "commands.jsonl", "follow": True}},
        "notifiers": {
            "bearer": {"plugin": "webhook_notifier", "url": env("HOOK"), "token": env("TOKEN"),
                       "headers": {"X-Key": env("HEADER")}, "secret_fields": {"key": env("FIELD")},
                       "signing_secrets": [env("SIGNING")], **common},
            "basic": {"plugin": "webhook_notifier", "url": env("HOOK"), "user": "gangway", "password": env("PASSWORD"),
                      **common},
            "by_hook": {"plugin": "slack_notifier", "webhook": env("SLACK"), **common},
            "by_token": {"plugin": "slack_notifier", "token": env("SLACK_TOKEN"), "channel": "C1", "api": slack, **common},
            "mail": {"plugin": "smtp_notifier", "url": mail, "tls": "off", "user": "gangway", "password": env("PASSWORD"),
                     "from": "a@example.com", "to": ["b@example.com"], "backoff": "100ms", "backoff_max": "200ms"},
            "proxied": {"plugin": "webhook_notifier", "url": env("HOOK"), "proxy": env("PROXY"), **common},
        },
        "routes": {"OutOfStock": {"notify": ["bearer", "basic", "by_hook", "by_token", "mail", "proxied"]}},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    Tls(folder)
    return folder


@pytest.fixture
def world(gateway, folder):
    """A gateway, its servers and its environment. Everything that its verbs print is looked at."""
    with Echo(folder) as server, PlayedServer(repeat_login) as mail:
        yield World(gateway, server, mail)


class World:
    def __init__(self, gateway, server, mail):
        self.gateway, self.server = gateway, server
        hook = f"{server.url}/{SECRETS['URL_PATH']}"
        self.env = SECRETS | {"HOOK": hook, "SLACK": hook, "PROXY": f"http://me:canary-proxy@127.0.0.1:{free_port()}"}
        self.config = config(server.ca, hook, f"https://localhost:{server.port}/api", mail.url)
        self.write(self.config)
        gateway.commands.write_text(lines(batch("b1", "LAMP", 1), allocate("o1", "LAMP", 2)))
        (gateway.folder / "event.json").write_text(json.dumps(EVENT))

    def write(self, document):
        self.gateway.write_config(yaml.safe_dump(document))

    def call(self, *arguments):
        result = self.gateway.call(*arguments, env=self.env)
        assert_clean(result.out, result.err)
        return result

    def start(self):
        log = self.gateway.folder / "log"
        with log.open("wb") as out:
            process = self.gateway.start("run", self.gateway.config, env=self.env, stdout=out, stderr=out)
        return process, log

    def offline_verbs(self):
        file, event = self.gateway.config, self.gateway.folder / "event.json"
        self.call("lint", file)
        assert self.call("check", file).status != STATUS_OK
        for form in ("text", "json"):
            self.call("notify", "render", file, "--format", form)
            self.call("notify", "explain", file, event, "--format", form)
        for channel in self.config["notifiers"]:
            self.call("notify", "test", file, channel)
            self.call("notify", "test", file, channel, "--format", "json")

    def failing(self):
        """Which notifiers have tried in vain."""
        components = json.loads(self.call("status", "--format", "json").out)["components"]
        return {name for name in self.config["notifiers"] if components[name]["retried"] > 0}


@pytest.mark.parametrize("trace", traces())
def test_a_secret_would_be_found(trace):
    with pytest.raises(AssertionError):
        assert_clean("clean", f"HTTP 401: {trace}")


@pytest.mark.parametrize("status", [400, 401, 404, 500, 302, 200])
def test_no_verb_shows_a_secret_whatever_the_servers_answer(world, status):
    world.server.status = status
    world.offline_verbs()
    assert world.server.requests
    assert any("canary-token" in str(request.headers) for request in world.server.requests)


def test_no_log_figure_or_row_of_a_running_gateway_shows_a_secret(world):
    world.server.status = 401
    process, log = world.start()
    until(lambda: sockets(world.gateway), 20, log.read_text, process)
    until(lambda: {"bearer", "basic", "mail", "proxied"} <= world.failing(), 30, log.read_text, process)
    world.call("status")
    world.call("plan", world.gateway.config)
    assert world.call("apply", world.gateway.config).status == STATUS_OK
    for path in ("/metrics", "/api/v1/status", "/api/v1/config"):
        assert_clean(ask(sockets(world.gateway)[0], path)[1])
    world.server.status = 404  # refused for good: the answer goes to dead letters
    until(lambda: {"bearer", "basic", "by_hook", "by_token"} <= {row["entrypoint"] for row in letters(world)}, 30,
          lambda: f"{log.read_text()}{letters(world)}", process)
    for row in letters(world):
        world.call("dlq", "show", str(row["id"]), "--config", world.gateway.config)
    process.terminate()
    assert process.wait(30) == STATUS_OK
    assert_clean(log.read_text())
    stored = b"".join(path.read_bytes() for path in Path(world.gateway.folder).glob("gangway.db*"))
    assert_clean(stored.decode("latin-1"))


def letters(world):
    return world.call("dlq", "list", "--config", world.gateway.config, "--format", "json").table()


BAD = {
    "a certificate of another name": lambda notifiers, folder: None,
    "a key that its password does not open": lambda notifiers, folder: [
        notifiers[name].update(cert=str(folder / "server.crt"), key=str(folder / "ca.crt"),
                               key_password={"env": "KEY_PASSWORD"}) for name in ("bearer", "by_hook", "by_token")],
    "secrets in the wrong option": lambda notifiers, folder: [
        notifiers["bearer"].update(url={"env": "TOKEN"}), notifiers["by_hook"].update(webhook={"env": "SLACK_TOKEN"}),
        notifiers["by_token"].update(token={"env": "HOOK"}), notifiers["basic"].update(proxy={"env": "TOKEN"}),
        notifiers["mail"].update(password={"env": "HOOK"})],
    "no signing secret": lambda notifiers, folder: notifiers["bearer"].update(signing_secrets=[{"env": "TOKEN"}]),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_mistake_in_the_file_is_reported_without_the_secret(world, folder, fault):
    BAD[fault](world.config["notifiers"], folder)
    if fault == "a certificate of another name":
        with Echo(folder, certificate="other-name") as server:
            world.env |= {"HOOK": f"{server.url}/canary-path", "SLACK": f"{server.url}/canary-path"}
            world.offline_verbs()
            assert server.requests == []
        return
    world.write(world.config)
    world.offline_verbs()
