# SPDX-License-Identifier: Apache-2.0
"""What slack_notifier posts to a server that answers as Slack documents, and what it makes of each answer."""

import json
import os
import shutil
import subprocess
import time
import urllib.parse
from pathlib import Path

import certificates
import jsonschema
import npm_package
import pytest
from notifier_outlet import Outlet
from webhook_formats import SLACK, SLACK_API
from webhook_server import ENDLESS, SILENT, SLOW, Answer, WebhookServer

CLIENT = Path(npm_package.__file__).parent / "slack_client"
OK = Answer(200, {}, b"ok")
TOKEN = "xoxb-canary-4711"
POSTED = Answer(200, {}, b'{"ok": true, "channel": "C01", "ts": "1503435956.000247", '
                         b'"message": {"text": "\\"ok\\": false"}}')


def error(word):
    """As the Web API says it."""
    return Answer(200, {}, json.dumps({"ok": False, "error": word}).encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    certificates.make_authorities(folder)
    certificates.sign(folder, "server", "localhost", names=["localhost"])
    certificates.sign_badly(folder)
    return folder


@pytest.fixture
def server(folder):
    with WebhookServer(folder) as server:
        server.answers(OK)
        yield server


def by_webhook(server, **options):
    return Outlet("slack_notifier", **({"webhook": server.url, "ca": server.ca, "rate": "100/s"} | options))


def by_token(server, **options):
    api = server.url.removesuffix("/hook") + "/api"
    return Outlet("slack_notifier", **({"token": TOKEN, "channel": "#buyers", "api": api, "ca": server.ca,
                                        "rate": "100/s"} | options))


@pytest.fixture
def hook(server):
    with by_webhook(server, title="{sku}") as people:
        assert people.opened == ["ok", ""]
        yield people


@pytest.fixture
def bot(server):
    with by_token(server) as people:
        assert people.opened == ["ok", ""]
        yield people


def sections(message):
    return [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]


# ---- messages ---------------------------------------------------------------------------------------------------


def test_a_webhook_gets_text_and_blocks(server, hook):
    assert hook.send(title="Out of stock: L-AMP", text="Order *o1* waits").verdict == "ok"
    [request] = server.requests
    message = request.json()
    jsonschema.validate(message, SLACK)
    assert request.path == "/hook" and "Authorization" not in request.headers
    assert message["text"] == "Out of stock: L-AMP"
    assert message["blocks"] == [
        {"type": "header", "text": {"type": "plain_text", "emoji": False, "text": "Out of stock: L-AMP"}},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": True, "text": "Order *o1* waits"}}]


def test_a_bot_posts_to_its_channel_with_the_key(server, bot):
    server.answers(POSTED)
    assert bot.send(id="a-1", text="Order o1 waits").verdict == "ok"
    [request] = server.requests
    message = request.json()
    jsonschema.validate(message, SLACK_API)
    assert (request.path, request.headers["Authorization"]) == ("/api/chat.postMessage", f"Bearer {TOKEN}")
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (message["channel"], message["text"]) == ("#buyers", "Order o1 waits")
    assert message["metadata"] == {"event_type": "gangway_notice", "event_payload": {"id": "a-1"}}
    assert [block["type"] for block in message["blocks"]] == ["section"]


@pytest.mark.parametrize("text", ["", " \r\n"])
def test_a_message_without_text_names_the_event(server, hook, text):
    hook.send(title=text, text=text)
    message = server.requests[0].json()
    assert message["text"] == "OutOfStock" and sections(message) == ["OutOfStock"] and len(message["blocks"]) == 1


LONG = {
    "one word": "x" * 40_000,
    "characters of two bytes": "\u00c4" * 40_000,
    "characters above U+FFFF, which count twice": "\U0001f6cb" * 20_000,
    "entities": "&amp;" * 9_000,
    "words": "lorem ipsum " * 2_000,
    "lines": ("x" * 70 + "\n") * 300,
    "nearly too long": "x" * 3000 + "\u00c4",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_is_split_and_cut_between_characters(server, hook, text):
    hook.send(title=text, text=text)
    message = server.requests[0].json()
    jsonschema.validate(message, SLACK)
    found = sections(message)
    assert all(units(section) <= 3000 for section in [*found, message["text"]]) and len(found) <= 4
    assert units(message["blocks"][0]["text"]["text"]) <= 150
    whole = "".join(found)
    kept = whole.removesuffix(" \u2026 (truncated)")
    assert text.startswith(kept) and len(found) == 4 or whole == text
    if "&amp;" in text:
        assert all(section.removesuffix(" \u2026 (truncated)").endswith("&amp;") for section in found)
    if "\n" in text:
        assert all(section.endswith("\n") for section in found[:-1])


def units(text):
    """Characters as Slack counts them."""
    return len(text.encode("utf-16-le")) // 2


def test_any_bytes_become_valid_json(server, hook):
    hook.send(title=bytes(range(256)), text=bytes(range(256)) * 3)
    jsonschema.validate(server.requests[0].json(), SLACK)


# ---- answers ----------------------------------------------------------------------------------------------------

SENT, AGAIN, NEVER, OPERATOR = ("ok", "ok"), ("ok", "transient"), ("ok", "permanent"), ("configuration", "")
OF_WEBHOOKS = [
    (OK, SENT), (Answer(200, {}, b"ok\n"), SENT), (Answer(200, {}, b"<html>login</html>"), AGAIN),
    (Answer(200, {}, b""), AGAIN), (Answer(204), AGAIN), (Answer(400, {}, b"invalid_payload"), NEVER),
    (Answer(400, {}, b"user_not_found"), NEVER), (Answer(400, {}, b"something new"), NEVER),
    (Answer(403, {}, b"action_prohibited"), OPERATOR), (Answer(403, {}, b"invalid_token"), OPERATOR),
    (Answer(403, {}, b"Forbidden"), NEVER), (Answer(404, {}, b"channel_not_found"), OPERATOR),
    (Answer(404, {}, b"no_service"), OPERATOR), (Answer(404), NEVER),
    (Answer(410, {}, b"channel_is_archived"), OPERATOR), (Answer(410), NEVER), (Answer(302, {"Location": "http://127.0.0.1:1/"}), NEVER),
    (Answer(500, {}, b"rollup_error"), AGAIN), (Answer(500), AGAIN), (Answer(503), AGAIN), (Answer(429), AGAIN),
]
OF_THE_API = [
    (POSTED, SENT), (error("token_revoked"), OPERATOR), (error("invalid_auth"), OPERATOR),
    (error("channel_not_found"), OPERATOR), (error("not_in_channel"), OPERATOR), (error("is_archived"), OPERATOR),
    (error("missing_scope"), OPERATOR), (error("msg_too_long"), NEVER), (error("invalid_blocks"), NEVER),
    (error("internal_error"), AGAIN), (error("something_new"), AGAIN), (error("ratelimited"), AGAIN),
    (Answer(200, {}, b"ok"), AGAIN), (Answer(200, {}, b'{"ok": "true"}'), AGAIN),
    (Answer(200, {}, b'[{"ok": true}]'), AGAIN),
    (Answer(200, {}, b'{"message": {"ok": true}}'), AGAIN), (Answer(200, {}, b'{"ok": true'), AGAIN),
    (Answer(500, {}, b'{"ok": true}'), AGAIN), (Answer(404), NEVER),
    (Answer(429, {}, error("ratelimited").body), AGAIN),
]


@pytest.mark.parametrize("answer, meaning", OF_WEBHOOKS, ids=lambda value: f"{value[0]}-{value[-1]}"[:40])
def test_a_webhooks_answer_has_a_meaning(server, hook, answer, meaning):
    server.answers(answer)
    sent = hook.send(text="x")
    assert (sent.status, sent.verdict) == meaning, sent


@pytest.mark.parametrize("answer, meaning", OF_THE_API, ids=lambda value: f"{value[0]}-{value[-1]}"[:40])
def test_an_answer_of_the_web_api_has_a_meaning(server, bot, answer, meaning):
    server.answers(answer)
    sent = bot.send(text="x")
    assert (sent.status, sent.verdict) == meaning, sent


def test_the_answer_names_slacks_word(server, bot):
    server.answers(error("token_revoked"), error("msg_too_long"))
    assert "token_revoked" in bot.send(text="x").text
    assert bot.send(text="x").answer == "HTTP 200: msg_too_long"


@pytest.mark.parametrize("value, pause_ms", [("30", 30_000), ("7200", 3_600_000), ("0", 1000), ("-1", 1000),
                                             ("x", 1000), ("", 1000)])
def test_a_rate_limit_pauses_the_channel(server, hook, value, pause_ms):
    server.answers(Answer(429, {"Retry-After": value}, b"rate_limited"))
    sent = hook.send(text="x")
    assert (sent.verdict, sent.pause_ms) == ("transient", pause_ms)


def test_a_rate_limit_in_the_body_pauses_the_channel(server, bot):
    server.answers(error("ratelimited"), error("ratelimited"), POSTED, error("ratelimited"))
    assert [bot.send(text="x").pause_ms for _ in range(4)] == [1000, 2000, 0, 1000]


def test_slow_and_endless_answers_end(server, hook):
    server.answers(Answer(500, {}, ENDLESS), Answer(500, {}, SLOW), Answer(200, {}, SILENT))
    for _ in range(3):
        sent = hook.send(within=2.5, text="x")
        assert (sent.status, sent.verdict) == ("ok", "transient") and sent.ms < 3500 and sent.silent_ms < 1000


@pytest.mark.parametrize("certificate", ["expired", "other-name", "unknown", "self-signed"])
def test_a_certificate_that_is_not_valid_sends_nothing(folder, certificate):
    with WebhookServer(folder, certificate=certificate) as server, by_webhook(server) as people:
        assert people.send(text="x").status == "configuration"
        assert server.requests == []


def test_a_text_of_ten_megabytes_is_cut(server, hook):
    assert hook.send(title="x", text="a field of ten megabytes\n" * 400_000).verdict == "ok"
    message = server.requests[0].json()
    jsonschema.validate(message, SLACK)
    assert len(json.dumps(message)) < 20_000


def test_a_redirect_to_this_machine_is_not_followed(server, hook, folder):
    with WebhookServer(folder) as other:
        server.answers(Answer(307, {"Location": other.url}))
        assert hook.send(text="x").verdict == "permanent"
        assert other.connections == 0


# ---- Slack's own clients, which say whether the server above answers as Slack does ------------------------------


class SlackClient:
    """@slack/webhook and @slack/web-api, in Node. Use it as a context."""

    def __init__(self, modules, server):
        api = server.url.removesuffix("/hook") + "/api/"
        environment = os.environ | {"SLACK_CLIENT": str(modules), "NODE_EXTRA_CA_CERTS": str(server.ca)}
        self.process = subprocess.Popen(["node", CLIENT / "client.js", server.url, api, TOKEN], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def call(self, **asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def slack_modules():
    if shutil.which("node") is None:
        pytest.skip("needs node")
    try:
        return npm_package.installed_by_lock(CLIENT)
    except npm_package.NpmUnreachable as unreachable:
        pytest.skip(f"needs Slack's clients from npm: {unreachable}")


def test_slacks_webhook_client_understands_the_server(server, hook, slack_modules):
    hook.send(title="Out of stock", text="Order o1")
    message = server.requests[0].json()
    with SlackClient(slack_modules, server) as client:
        assert client.call(webhook=message)["result"] == {"text": "ok"}
        for answer in [Answer(404, {}, b"no_service"), Answer(429, {"Retry-After": "30"}, b"rate_limited")]:
            server.answers(answer)
            assert client.call(webhook=message)["code"] == "slack_webhook_http_error"
    theirs = server.requests[1]
    assert (theirs.method, theirs.path, theirs.json()) == ("POST", "/hook", message)
    assert theirs.headers["Content-Type"].startswith("application/json")


def test_slacks_web_api_client_understands_the_server(server, bot, slack_modules):
    server.answers(POSTED)
    bot.send(text="Order o1")
    ours = server.requests[0]
    with SlackClient(slack_modules, server) as client:
        assert client.call(method="chat.postMessage", arguments=ours.json())["result"]["ok"] is True
        server.answers(error("token_revoked"))
        failed = client.call(method="chat.postMessage", arguments=ours.json())
        assert (failed["code"], failed["error"]) == ("slack_webapi_platform_error", "token_revoked")
        server.answers(Answer(429, {"Retry-After": "30"}, error("ratelimited").body))
        failed = client.call(method="chat.postMessage", arguments=ours.json())
        assert (failed["code"], failed["retryAfter"]) == ("slack_webapi_rate_limited_error", 30)
    theirs = server.requests[1]
    assert (theirs.method, theirs.path) == (ours.method, ours.path)
    assert theirs.headers["Authorization"] == ours.headers["Authorization"]


# ---- threads ----------------------------------------------------------------------------------------------------

THREADED = "HTTP 200: ok, thread 1503435956.000247 in #buyers"


def test_a_notice_replies_to_the_first_one_of_its_group(server, slack_modules):
    server.answers(POSTED, POSTED._replace(body=POSTED.body.replace(b"1503435956", b"1503435999")))
    with by_token(server, thread="group") as bot:
        answers = [bot.send(text="first").answer]
        for text in ("second", "third"):
            bot.answered(answers[-1])
            answers.append(bot.send(text=text).answer)
    assert answers == [THREADED] * 3
    messages = [request.json() for request in server.requests]
    assert [message.get("thread_ts") for message in messages] == [None, "1503435956.000247", "1503435956.000247"]
    jsonschema.validate(messages[1], SLACK_API)
    with SlackClient(slack_modules, server) as client:
        assert client.call(method="chat.postMessage", arguments=messages[1])["result"]["ok"] is True
    assert urllib.parse.parse_qs(server.requests[3].body.decode())["thread_ts"] == ["1503435956.000247"]


@pytest.mark.parametrize("answer", ["", "HTTP 200: ok", "250 2.0.0 Ok: thread 1", THREADED.replace("#buyers", "#others"),
                                    THREADED.replace("1503", "<x>"), ", thread  in #buyers"])
def test_an_answer_without_a_thread_of_this_channel_begins_one(server, answer):
    server.answers(POSTED)
    with by_token(server, thread="group") as bot:
        bot.answered(answer)
        assert bot.send(text="x").answer == THREADED
    assert "thread_ts" not in server.requests[0].json()


def test_without_the_option_no_thread_is_continued(server, bot):
    server.answers(POSTED)
    bot.answered(THREADED)
    assert bot.send(text="x").answer == "HTTP 200: ok"
    assert "thread_ts" not in server.requests[0].json()


@pytest.mark.parametrize("word", ["cannot_reply_to_message", "thread_not_found"])
def test_a_thread_that_takes_no_reply_is_left_for_another(server, word):
    server.answers(error(word), POSTED)
    with by_token(server, thread="group") as bot:
        bot.answered(THREADED.replace("1503", "1400"))
        sent = bot.send(text="x")
    assert (sent.verdict, sent.answer) == ("ok", THREADED)
    assert ["thread_ts" in request.json() for request in server.requests] == [True, False]


# ---- pace -------------------------------------------------------------------------------------------------------


def test_messages_keep_the_rate(server):
    with by_webhook(server, rate="5/s") as people:
        begun = time.monotonic()
        sent = [people.send(text="x") for _ in range(6)]
        assert time.monotonic() - begun >= 0.999  # the plugin counts in milliseconds
    assert [one.verdict for one in sent] == ["ok"] * 6 and sent[0].ms < 200
    assert max(one.silent_ms for one in sent) < 1000


def test_the_wait_for_the_rate_ends_at_a_shutdown(server):
    with by_webhook(server, rate="1/s") as people:
        people.send(text="x")
        people.cancel_after(0.1)
        sent = people.send(text="x")
        assert sent.status == "cancelled" and sent.ms < 900
    assert len(server.requests) == 1


# ---- options, check, secrets ------------------------------------------------------------------------------------

HOOK = "https://hooks.slack.com/services/T00/B00/canary"


@pytest.mark.parametrize("options", [
    {}, {"webhook": HOOK, "token": "canary", "channel": "c"}, {"token": "canary"}, {"webhook": HOOK, "channel": "c"},
    {"webhook": "http://hooks.slack.com/canary"}, {"webhook": "canary"}, {"token": "can ary", "channel": "c"},
    {"token": "canary\n", "channel": "c"}, {"token": "canary", "channel": "c", "api": "http://slack.com/api"},
    {"webhook": HOOK, "rate": "0/s"}, {"webhook": HOOK, "rate": "1/m"}, {"webhook": HOOK, "rate": "101/s"},
    {"webhook": HOOK, "rate": "-1/s"}, {"webhook": HOOK, "rate": ""}, {"webhook": HOOK, "rate": "1/ss"},
])
def test_wrong_options_are_refused_without_being_shown(options):
    status, text = Outlet("slack_notifier", **options).opened
    assert status == "configuration" and text != "" and "canary" not in text


def test_check_of_a_webhook_connects_and_posts_nothing(server, hook):
    assert hook.check()[1] == "ok" and server.requests == []
    server.close()
    assert hook.check()[1] == "transient"


@pytest.mark.parametrize("answer, status", [(Answer(200, {}, b'{"ok": true, "team": "made"}'), "ok"),
                                            (error("invalid_auth"), "configuration"),
                                            (error("internal_error"), "transient"), (Answer(503), "transient")])
def test_check_of_a_token_asks_slack(server, bot, answer, status):
    server.answers(answer)
    lines, worst = bot.check()
    assert worst == status and len(lines) == 1
    assert [request.path for request in server.requests] == ["/api/auth.test"]
    assert "canary" not in str(lines)


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_no_text_shows_a_secret(server, status):
    def echo(request):
        return Answer(status, {}, f"{request.path} {request.headers}".encode())

    server.record = echo
    with by_webhook(server, webhook=server.url + "/T0/canary-hook-4711") as people, by_token(server) as bot:
        texts = [people.send(text="x"), bot.send(text="x"), people.check(), bot.check(), people.log(), bot.log()]
    assert "canary" not in str(texts)
