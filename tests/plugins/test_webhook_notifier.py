# SPDX-License-Identifier: Apache-2.0
"""What webhook_notifier sends to a real HTTPS server, what it makes of its answers, and that it never says a secret."""

import base64
import contextlib
import email.utils
import json
import socket
import ssl
import sys
import threading
import time

import certificates
import pytest
import python_package
from local_server import free_port
from notifier_outlet import Outlet
from waiting import until
from webhook_server import CUT, ENDLESS, ENDLESS_HEAD, SILENT, SLOW, SLOW_HEAD, Answer, WebhookServer

BODY = '{"text": "out of stock"}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Certificates, for all servers."""
    folder = tmp_path_factory.mktemp("certificates")
    certificates.make_authorities(folder)
    certificates.sign(folder, "server", "localhost", names=["localhost"])
    certificates.sign_badly(folder)
    certificates.sign(folder, "client", "gangway", password="k3ypassw0rd")
    return folder


@pytest.fixture
def server(folder):
    with WebhookServer(folder) as server:
        yield server


def outlet(server, **options):
    options = {"url": server.url, "ca": server.ca, "body": "{{}}"} | options
    return Outlet("webhook_notifier", **{name: value for name, value in options.items() if value is not None})


@pytest.fixture
def people(server):
    """A notifier that posts to the server."""
    with outlet(server) as people:
        assert people.opened == ["ok", ""]
        yield people


# ---- requests ---------------------------------------------------------------------------------------------------


def test_a_notice_is_posted_with_its_key_and_its_trace(server, people):
    sent = people.send(id="3c524019ea53bc-55-1", body=BODY)
    assert (sent.status, sent.verdict) == ("ok", "ok")
    [request] = server.requests
    assert (request.method, request.path, request.body.decode()) == ("POST", "/hook", BODY)
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "3c524019ea53bc-55-1"
    assert request.headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert request.headers["tracestate"] == "vendor=1"
    assert "Authorization" not in request.headers and "Expect" not in request.headers


def test_every_attempt_has_the_same_key(server, people):
    server.answers(Answer(500), Answer(204))
    assert people.send(id="a-1", body=BODY).verdict == "transient"
    assert people.send(id="a-1", body=BODY).verdict == "ok"
    assert [request.headers["Idempotency-Key"] for request in server.requests] == ["a-1", "a-1"]


def test_an_id_cannot_begin_a_header(server, people):
    people.send(id="a.b\rX-Evil: 1", body=BODY)
    assert server.requests[0].headers["Idempotency-Key"] == "a_b_X-Evil__1"
    assert "X-Evil" not in server.requests[0].headers


def test_without_a_template_the_payload_is_that_of_standard_webhooks(server):
    with outlet(server, body=None) as people:
        people.send(id="a-1", body="Out of stock for L-AMP")
    assert server.requests[0].json() == {
        "type": "OutOfStock", "timestamp": "2026-01-01T00:00:00.123Z", "id": "a-1", "count": 1,
        "data": {"sku": "L-AMP", "orderid": "o1", "qty": 2}}


def test_without_a_template_the_payload_lists_the_events_of_a_group(server):
    with outlet(server, body=None) as people:
        people.events(3)
        people.send(id="a-1", body="Out of stock for L-AMP")
    told = server.requests[0].json()
    assert (told["type"], told["id"], told["count"]) == ("OutOfStock", "a-1", 3)
    assert told["data"] == told["events"][0]["data"]
    assert told["events"] == [
        {"type": "OutOfStock", "timestamp": "2026-01-01T00:00:00.123Z", "id": "event-1",
         "data": {"sku": "L-AMP", "orderid": "o1", "qty": 2}},
        {"type": "OutOfStock", "timestamp": "2026-01-01T00:00:01.000Z", "id": "event-2",
         "data": {"sku": "L-AMP", "orderid": "o2", "qty": 3}}]


@pytest.mark.parametrize("body, expected",
                         [(BODY, {"text": "out of stock"}), (" {} ", {}), ('\n{ "a": {}}', {"a": {}})])
def test_secret_fields_are_added_to_the_object(server, body, expected):
    with outlet(server, secret_fields={"routing_key": 'k"\\1', "chat": "7"}) as people:
        assert people.send(body=body).verdict == "ok"
    assert server.requests[0].json() == expected | {"routing_key": 'k"\\1', "chat": "7"}


def test_secret_fields_need_an_object(server):
    with outlet(server, secret_fields={"routing_key": "k"}) as people:
        assert people.send(body="[1]").status == "configuration"
    assert server.requests == []


def test_headers_and_logins_are_sent(server):
    headers = {"X-Shop": "made", "content-type": "application/cloudevents+json"}
    with outlet(server, token="t0ken", headers=headers) as people:
        people.send(body=BODY)
    with outlet(server, user="me", password="p:w") as people:
        people.send(body=BODY)
    first, second = [request.headers for request in server.requests]
    assert (first["Authorization"], first["X-Shop"]) == ("Bearer t0ken", "made")
    assert first.get_all("Content-Type") == ["application/cloudevents+json"]
    assert second["Authorization"] == "Basic " + base64.b64encode(b"me:p:w").decode()


def test_a_megabyte_is_sent_at_once(server, people):
    sent = people.send(body='{"text": "' + "x" * 2_000_000 + '"}')
    assert sent.verdict == "ok" and sent.ms < 900  # no wait for `100 Continue`
    assert len(server.requests[0].json()["text"]) == 2_000_000


def test_any_bytes_of_a_body_arrive(server, people):
    people.send(body=bytes(range(256)))
    people.send(body=b"")
    assert [request.body for request in server.requests] == [bytes(range(256)), b""]


# ---- connections ------------------------------------------------------------------------------------------------


def test_a_burst_uses_one_connection(server, people):
    for _ in range(20):
        assert people.send(body=BODY).verdict == "ok"
    assert server.connections == 1


def test_an_idle_connection_is_closed(server, people):
    people.send(body=BODY)
    people.keepalive()
    people.send(body=BODY)
    assert server.connections == 1
    until(lambda: people.keepalive() or not is_connected(server.port), 10)
    assert people.send(body=BODY).verdict == "ok"
    assert server.connections == 2


def is_connected(port):
    """Whether somebody has an established connection to this port of this machine."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "01" for line in table)


def test_a_connection_that_the_server_closed_costs_nothing(server, people):
    server.answers(Answer(204, {"Connection": "close"}))
    for _ in range(3):
        assert people.send(body=BODY).verdict == "ok"
    assert len(server.requests) == 3


def test_the_environment_chooses_no_proxy(server, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with outlet(server) as people:
        assert people.send(body=BODY).verdict == "ok"


class Proxy:
    """An HTTP proxy that makes tunnels for who has the login. Use it as a context."""

    LOGIN = "Basic " + base64.b64encode(b"me:pr0xysecret").decode()

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        self.asked = []
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            line, *headers = head.decode().split("\r\n")
            self.asked.append(line)
            if f"Proxy-Authorization: {self.LOGIN}" not in headers:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = line.split()[1].split(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n")
                other = threading.Thread(target=self.copy, args=(server, client), daemon=True)
                other.start()
                self.copy(client, server)
                other.join()

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_a_proxy_of_the_options_is_used(server, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Proxy() as proxy:
        with outlet(server, proxy=f"http://me:pr0xysecret@127.0.0.1:{proxy.port}") as people:
            server.answers(Answer(204), Answer(404))
            assert [people.send(body=BODY).verdict for _ in range(2)] == ["ok", "permanent"]
            assert people.check()[1] == "ok"
        assert proxy.asked == [f"CONNECT localhost:{server.port} HTTP/1.1"] * 2
        assert "Proxy-Authorization" not in server.requests[0].headers
        with outlet(server, proxy=f"http://me:wr0ngsecret@127.0.0.1:{proxy.port}") as people:
            sent = people.send(body=BODY)
            assert sent.status == "configuration" and "secret" not in sent.text
    with outlet(server, proxy="http://127.0.0.1:1") as people:
        assert people.send(body=BODY).status == "transient"
    assert len(server.requests) == 2


# ---- answers ----------------------------------------------------------------------------------------------------

SENT, AGAIN, NEVER = ("ok", "ok"), ("ok", "transient"), ("ok", "permanent")
OPERATOR = ("configuration", "")
MEANINGS = {200: SENT, 201: SENT, 202: SENT, 204: SENT, 299: SENT, 301: NEVER, 304: NEVER, 400: NEVER, 401: OPERATOR,
            403: OPERATOR, 404: NEVER, 407: OPERATOR, 408: AGAIN, 409: NEVER, 410: NEVER, 413: NEVER, 422: NEVER,
            425: AGAIN, 429: AGAIN, 500: AGAIN, 501: AGAIN, 502: AGAIN, 503: AGAIN, 504: AGAIN, 599: AGAIN, 600: AGAIN,
            999: AGAIN}


@pytest.mark.parametrize("code", MEANINGS)
def test_a_status_code_has_a_meaning(server, people, code):
    server.answers(Answer(code))
    sent = people.send(body=BODY)
    assert (sent.status, sent.verdict) == MEANINGS[code]
    assert str(code) in sent.answer + sent.text


def test_an_option_changes_the_meaning_of_codes(server):
    statuses = {"404": "operator", "4xx": "again", "409": "sent", "500": "never", "2xx": "never", "200": "sent"}
    with outlet(server, statuses=statuses) as people:
        expected = {404: OPERATOR, 400: AGAIN, 401: AGAIN, 409: SENT, 500: NEVER, 501: AGAIN, 204: NEVER, 200: SENT}
        for code, meaning in expected.items():
            server.answers(Answer(code))
            sent = people.send(body=BODY)
            assert (code, sent.status, sent.verdict) == (code, *meaning)


@pytest.mark.parametrize("value, low, high", [
    ("2", 2000, 2000), ("0.5", 500, 500), ("100000", 3_600_000, 3_600_000), (600, 590_000, 601_000),
    (100_000, 3_600_000, 3_600_000),
    # without a meaning: the pause is the plugin's own
    ("0", 1000, 1000), ("-3", 1000, 1000), ("soon", 1000, 1000), ("", 1000, 1000), (-60, 1000, 1000),
])
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_pauses_the_destination(server, people, code, value, low, high):
    """A number is a date in so many seconds."""
    if isinstance(value, int):
        value = email.utils.formatdate(time.time() + value, usegmt=True)
    server.answers(Answer(code, {"Retry-After": value}))
    sent = people.send(body=BODY)
    assert sent.verdict == "transient" and low <= sent.pause_ms <= high


def test_retry_after_counts_where_a_notice_is_tried_again(server, people):
    for answer, pause_ms in [(Answer(500), 0), (Answer(500, {"Retry-After": "9"}), 9000),
                             (Answer(404, {"Retry-After": "9"}), 0), (Answer(204, {"Retry-After": "9"}), 0)]:
        server.answers(answer)
        assert people.send(body=BODY).pause_ms == pause_ms


def test_a_busy_receiver_gets_longer_pauses_until_it_answers(server, people):
    server.answers(Answer(503))
    assert [people.send(body=BODY).pause_ms for _ in range(8)] == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]
    server.answers(Answer(500), Answer(429))
    assert [people.send(body=BODY).pause_ms for _ in range(2)] == [0, 1000]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, people, folder, code):
    with WebhookServer(folder) as other:
        server.answers(Answer(code, {"Location": f"https://127.0.0.1:{other.port}/inside"}))
        sent = people.send(body=BODY)
        assert (sent.status, sent.verdict) == ("ok", "permanent")
        assert str(other.port) in sent.answer
        assert (other.connections, len(server.requests)) == (0, 1)


def test_the_head_of_an_answer_decides_however_its_body_ends(server, people):
    for code, verdict in [(200, "ok"), (500, "transient"), (400, "permanent")]:
        server.answers(Answer(code, {}, ENDLESS))
        sent = people.send(body=BODY)
        assert (sent.status, sent.verdict) == ("ok", verdict) and sent.ms < 2000
    server.answers(Answer(200, {}, SLOW))
    sent = people.send(body=BODY)
    assert (sent.status, sent.verdict) == ("ok", "ok") and sent.ms < 5000 and sent.silent_ms < 1000


def test_ten_megabytes_are_posted(server, people):
    server.answers(Answer(204))
    text = "a field of ten megabytes, " * 400_000
    assert people.send(body=json.dumps({"text": text})).verdict == "ok"
    assert server.requests[-1].json() == {"text": text}


@pytest.mark.parametrize("body", [SILENT, SLOW_HEAD, ENDLESS_HEAD, CUT])
def test_without_a_head_there_is_no_answer(server, people, body):
    server.answers(Answer(200, {}, body))
    sent = people.send(within=1.5, body=BODY)
    assert (sent.status, sent.verdict, sent.pause_ms) == ("ok", "transient", 1000)
    assert sent.answer != "" and sent.ms < 2500 and sent.silent_ms < 1000
    assert people.send(within=-1, body=BODY).status == "transient"  # nothing was sent
    server.answers(Answer(204))
    assert people.send(body=BODY).verdict == "ok"


def test_a_shutdown_ends_a_request(server, people):
    server.answers(Answer(200, {}, SILENT))
    people.cancel_after(0.3)
    sent = people.send(within=20, body=BODY)
    assert sent.status == "cancelled" and sent.ms < 1300


def test_the_beginning_of_an_answer_is_shown_on_one_line(server, people):
    server.answers(Answer(400, {}, b"bad:\r\n\tL\xc3\x84MP \xff\x00" + b"y" * 10_000))
    sent = people.send(body=BODY)
    assert sent.answer.startswith("HTTP 400: bad: L\u00c4MP \\xff\\x00yyy") and sent.answer.endswith("y...")
    assert len(sent.answer.encode()) < 240


# ---- servers that are away, or not who they say -----------------------------------------------------------------


def test_check_connects_and_posts_nothing(server, people):
    lines, status = people.check()
    assert status == "ok" and [line[:2] for line in lines] == [("ok", f"localhost:{server.port}")]
    assert server.requests == []
    server.close()
    assert people.check()[1] == "transient"
    assert people.send(body=BODY).status == "transient"


@pytest.mark.parametrize("certificate", ["expired", "other-name", "unknown", "self-signed"])
def test_a_certificate_that_is_not_valid_needs_an_operator(folder, certificate):
    with WebhookServer(folder, certificate) as server, outlet(server) as people:
        assert people.send(body=BODY).status == "configuration"
        assert people.check()[1] == "configuration"
        assert server.requests == []


def test_an_authority_of_the_options_replaces_those_of_the_system(server):
    with outlet(server, ca=None) as people:
        assert people.send(body=BODY).status == "configuration"
    with outlet(server, ca=server.folder / "nowhere.crt") as people:
        assert people.send(body=BODY).status == "configuration"
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_1_1_is_refused(server, people):
    server.server.context.set_ciphers("DEFAULT:@SECLEVEL=0")
    server.server.context.minimum_version = ssl.TLSVersion.TLSv1
    server.server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert people.send(body=BODY).status == "transient"
    assert server.requests == []


def test_a_server_that_wants_a_certificate_gets_that_of_the_options(server, folder):
    server.server.context.verify_mode = ssl.CERT_REQUIRED
    server.server.context.load_verify_locations(server.ca)
    certificates.sign(folder, "stranger", "gangway", authority="other-ca")
    for wrong in ({}, {"cert": folder / "stranger.crt", "key": folder / "stranger.key"}):
        with outlet(server, **wrong) as people:
            # A server that closes behind its alert may reset the connection, and the alert is lost: then once more.
            until(lambda: people.send(body=BODY).status == "configuration", 20)
    assert server.requests == []
    own = {"cert": folder / "client.crt", "key": folder / "client.key"}
    with outlet(server, **own, key_password="wrong-k3y") as people:
        sent = people.send(body=BODY)
        assert sent.status == "configuration" and "wrong-k3y" not in sent.text
    with outlet(server, **own, key_password="k3ypassw0rd") as people:
        assert people.send(body=BODY).verdict == "ok"


def test_http_needs_to_be_asked_for(folder):
    with WebhookServer(folder, certificate=None) as server:
        with outlet(server, tls="off") as people:
            assert people.send(body=BODY).verdict == "ok"
            [(status, _, finding)], _ = people.check()
            assert status == "ok" and "NOT ENCRYPTED" in finding
        assert Outlet("webhook_notifier", url=server.url).opened[0] == "configuration"


def test_a_name_that_nobody_resolves_is_transient():
    with Outlet("webhook_notifier", url="https://nowhere.invalid/hook", body="{{}}") as people:
        assert people.send(within=5, body=BODY).status == "transient"


def test_a_name_server_that_is_silent_holds_up_nothing():
    """In a process of its own, because it changes what this process sees of /etc."""
    name_server = pytest.importorskip("name_server")
    with name_server.NameServer() as names:
        names.is_silent = True
        with Outlet("webhook_notifier", url="https://hooks.example.test/hook", body="{{}}") as people:
            sent = people.send(within=1.5, body=BODY)
            assert sent.status == "transient" and 1400 <= sent.ms < 2500 and sent.silent_ms < 1000
            begun = time.monotonic()
            people.keepalive()
        assert time.monotonic() - begun < 2
        assert names.asked > 0


# ---- options ----------------------------------------------------------------------------------------------------

GOOD = "https://hooks.example.org/canary-4711"
KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize("options", [
    {"url": "http://hooks.example.org/canary-4711"}, {"url": "canary-4711"}, {"url": "hooks.example.org/canary-4711"},
    {"url": "file:///canary-4711"}, {"url": "https://me:canary-4711@hooks.example.org/"},
    {"url": "https://hooks.example.org/#canary-4711"}, {"url": GOOD, "tls": "off"},
    {"url": GOOD, "token": "canary-4711\r\nX: 1"}, {"url": GOOD, "token": "canary-4711", "user": "me", "password": "x"},
    {"url": GOOD, "user": "me"}, {"url": GOOD, "password": "canary-4711"},
    {"url": GOOD, "user": "a:b", "password": "x"},
    {"url": GOOD, "headers": {"X": "canary-4711\n"}}, {"url": GOOD, "headers": {"a b": "canary-4711"}},
    {"url": GOOD, "headers": {"X": ""}}, {"url": GOOD, "headers": {"Content-Length": "1"}},
    {"url": GOOD, "headers": {"host": "canary-4711"}}, {"url": GOOD, "headers": {"webhook-ID": "canary-4711"}},
    {"url": GOOD, "token": "x", "headers": {"authorization": "canary-4711"}},
    {"url": GOOD, "body": ""}, {"url": GOOD, "body": '{{"a": "{sku}"'}, {"url": GOOD, "body": '{{"a": "{sku}",}}'},
    {"url": GOOD, "body": '{{"a": 1, "a": 2}}'}, {"url": GOOD, "body": '{{"a": "b\nc"}}'},
    {"url": GOOD, "body": "[{sku}]", "secret_fields": {"key": "canary-4711"}},
    {"url": GOOD, "body": "x{{}}", "secret_fields": {"key": "canary-4711"}},
    {"url": GOOD, "signing_secrets": ["whsec_canary4711"]}, {"url": GOOD, "signing_secrets": ["whsec_!canary-4711"]},
    {"url": GOOD, "signing_secrets": [KEY, "canary-4711"]},
    {"url": GOOD, "statuses": {"99": "sent"}}, {"url": GOOD, "statuses": {"6xx": "sent"}},
    {"url": GOOD, "statuses": {"404": "ignore"}}, {"url": GOOD, "cert": "c.crt"}, {"url": GOOD, "key": "c.key"},
    {"url": GOOD, "key_password": "canary-4711"}, {"url": GOOD, "proxy": "canary-4711"},
    {"url": GOOD, "proxy": "ftp://me:canary-4711@proxy.example.org"},
])
def test_wrong_options_are_refused_without_being_shown(options):
    status, text = Outlet("webhook_notifier", **options).opened
    assert status == "configuration" and text != ""
    assert "canary" not in text


@pytest.mark.parametrize("options", [
    {"body": '{{"a": "{sku} and {orderid}", "b": [{qty}, -1.5e3], "c": "{{}}"}}'}, {"body": '"{sku}"'},
    {"body": "{sku} is out of stock", "headers": {"Content-Type": "text/plain"}},
])
def test_a_body_may_be_anything_that_its_type_allows(options):
    with Outlet("webhook_notifier", url=GOOD, **options) as people:
        assert people.opened == ["ok", ""]


# ---- secrets ----------------------------------------------------------------------------------------------------


def canaries():
    """Each secret option with a canary of its own."""
    return {"token": "canary-token", "secret_fields": {"routing_key": "canary-field"},
            "headers": {"X-Key": "canary-header"},
            "signing_secrets": [KEY, "whsec_" + base64.b64encode(b"canary-signing-secret-77").decode()]}


class Echo:
    """Answers with everything that came: as a debugging page does, on one line and on many."""

    def __init__(self, server, status):
        self.server, self.status = server, status
        server.record = self.record

    def record(self, request):
        self.server.requests.append(request)
        seen = f"{request.path} {request.headers} {request.body.decode()} "
        return Answer(self.status, {}, (seen + json.dumps({"path": request.path})).encode() * 9)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("login", ["token", "user"])
def test_no_text_shows_a_secret(server, status, login):
    Echo(server, status)
    options = canaries() | {"url": server.url + "/canary-path/x%2Dcanary?sig=canary-query"}
    if login == "user":
        del options["token"]
        options |= {"user": "me", "password": "canary-password"}
    basic = base64.b64encode(b"me:canary-password").decode()
    with outlet(server, **options) as people:
        sent = people.send(body=BODY)
        texts = [sent.text + sent.answer, str(people.check()), *people.log()]
        assert "out of stock" in texts[0] or status == 401 or "***" in texts[0]
        server.close()
        texts += [people.send(body=BODY).text, str(people.check())]
    for text in texts:
        assert "canary" not in text and basic not in text and KEY[6:] not in text, text
        assert options["signing_secrets"][1][6:] not in text


# ---- signatures -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standardwebhooks():
    """The official package, which verifies what receivers get."""
    try:
        folder = python_package.installed("standardwebhooks", "1.1.0",
                                          "9a88d48a1f198be61517fc7ad328cf58ba02b73f0fbd8941d4213e9c0b6c2a61")
    except python_package.PypiUnreachable as unreachable:
        pytest.skip(f"needs the package standardwebhooks: {unreachable}")
    sys.path.insert(0, str(folder))
    import standardwebhooks
    yield standardwebhooks
    sys.path.remove(str(folder))


def other_key(length, is_padded=True):
    text = base64.b64encode(bytes(range(100, 100 + length))).decode()
    return "whsec_" + (text if is_padded else text.rstrip("="))


@pytest.mark.parametrize("keys", [[KEY], [other_key(24)], [other_key(64)], [other_key(25, False)], [KEY[6:]],
                                  [KEY, other_key(24)]])
def test_a_receiver_verifies_the_signature_with_any_of_the_secrets(server, standardwebhooks, keys):
    with outlet(server, signing_secrets=keys) as people:
        assert people.send(id="a-1", body=BODY).verdict == "ok"
    [request] = server.requests
    for key in keys:
        assert standardwebhooks.Webhook(key).verify(request.body, dict(request.headers)) == json.loads(BODY)
    assert request.headers["webhook-id"] == "a-1"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(other_key(40)).verify(request.body, dict(request.headers))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(keys[0]).verify(request.body + b" ", dict(request.headers))


def test_the_signature_covers_the_secret_fields(server, standardwebhooks):
    with outlet(server, signing_secrets=[KEY], secret_fields={"routing_key": "k"}) as people:
        people.send(body=BODY)
    [request] = server.requests
    assert standardwebhooks.Webhook(KEY).verify(request.body, dict(request.headers))["routing_key"] == "k"


def test_unsigned_requests_have_no_headers_of_signatures(server, people):
    people.send(body=BODY)
    assert not [name for name in server.requests[0].headers if name.lower().startswith("webhook-")]


# ---- instances --------------------------------------------------------------------------------------------------


def test_a_port_on_which_nobody_answers_is_given_signs_of_life():
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}/hook"
        with Outlet("webhook_notifier", url=url, body="{{}}") as people:
            sent = people.send(within=2, body=BODY)
            assert sent.status == "transient" and sent.ms < 3000 and sent.silent_ms < 1000


def test_a_receiver_that_cannot_be_reached_is_no_connection(server):
    with outlet(server) as people:
        assert people.connection_up() == -1  # not known
        server.answers(Answer(500), Answer(204))
        for _ in range(2):
            people.send(body=BODY)
            assert people.connection_up() == 1  # whatever the answer
    for url in (f"https://localhost:{free_port()}/", server.url.replace("localhost", "nobody.invalid")):
        with outlet(server, url=url) as people:
            assert people.send(body=BODY).status == "transient"
            assert people.connection_up() == 0
    with outlet(server, ca=None) as people:
        assert people.send(body=BODY).status == "configuration"
        assert people.connection_up() == 0
