# SPDX-License-Identifier: Apache-2.0
"""How a mail of smtp_notifier is read: by Python's email package, and by smtp-server with mailparser and by maildev
of npm, which are not ours. Whatever the values contain, the mail has valid lines, and each parser finds the values."""

import contextlib
import email
import email.header
import email.policy
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import npm_package
import pytest
from local_server import free_port
from mail_outlet import MailOutlet
from mail_server import MailServer, PlayedServer

READER = Path(npm_package.__file__).parent / "mail_reader"
TO = "buyer@example.com"
NASTY = {
    "a header": "a\r\nBcc: victim@example.com\r\n\r\nbody",
    "NUL": "a\0b",
    "bare LF and CR": "a\nb\rc\r\nd\n\re",
    "lone dots": ".\r\n..\n.\n. \n.x\r\n.",
    "end of the mail": "x\r\n.\r\nMAIL FROM:<x@example.com>\r\n",
    "a lone dot": ".",
    "nothing": "",
    "a line break": "\n",
    "spaces": "  two  and at the end  ",
    "only spaces": "   ",
    "tabs": "a\tb\t",
    "no UTF-8": b"a\xff\xfe\xc3(\xed\xa0\x80z",
    "an encoded word": "=?UTF-8?B?QmNj?= and =?utf-8?q?=0d=0a?=",
    "equals signs": "a=b=3D=\n==\n=0A",
    "From": "From here\nFrom there",
    "letters": "Größe für Äpfel, naïve café",
    "other scripts": "在庫切れ — نفد المخزون — אזל — 🙂👩‍👩‍👧 x",
    "direction of writing": "SKU \u202egpj.exe",
    "a long word": "x" * 3000,
    "a long word of other letters": "é" * 1500,
    "a long line": "many words " * 500,
    "quotes": "\"'\\<>&;,@()[]",
    "a boundary": "--=_gangway_alternative--\r\n--=_gangway_alternative",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\u0085",
    "line separators": "a\u2028b\u2029c\x0bd\x0c",
}


@pytest.fixture(scope="module")
def server():
    with MailServer(data_size_limit=50_000_000) as started:
        yield started


@pytest.fixture
def outlet_to(server):
    @contextlib.contextmanager
    def make(**options):
        settings = {"url": server.url, "tls": "off", "from": "shop@example.com", "to": [TO]} | options
        with MailOutlet(**settings) as outlet:
            assert outlet.opened == ["ok", ""]
            yield outlet

    return make


@pytest.fixture
def outlet(outlet_to):
    with outlet_to() as made:
        yield made


def send(server, outlet, recipient=TO, **options):
    """Sends a mail, and returns its bytes after a look at its form."""
    before = len(server.mails)
    sent = outlet.send(recipient, **options)
    assert sent.both == ("ok", "ok"), sent
    [mail] = server.mails[before:]
    check_form(mail.content)
    return mail.content


def check_form(content, is_ascii=True):
    """RFC 5322, 2045 and 2047: lines end with CRLF and are short, there is no NUL, no line is a dot, and all is ASCII."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", content)
    assert content.isascii() or not is_ascii
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(line.startswith(b".") for line in lines)
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(re.match(rb"[A-Za-z-]+: .*\S|[ \t].*\S", line) for line in head)


def parsed(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects and not any(part.defects for part in message.walk())
    return message


def decoded(value):
    """UTF-8 as far as it is, with U+FFFD for each byte that is not."""
    if isinstance(value, str):
        return value
    return re.sub("[\udc80-\udcff]", "\ufffd", value.decode("utf-8", "surrogateescape"))


def as_line(value):
    """What becomes of a value in a header."""
    return re.sub("[\0-\x1f\x7f-\x9f]", " ", decoded(value))


def as_text(value):
    """What becomes of a value in a body, which a reader sees with LF at the end of its lines."""
    text = re.sub("\r\n|\r", "\n", decoded(value))
    text = re.sub("[\0-\x08\x0b-\x1f\x7f-\x9f]", " ", text)
    return text if text.endswith("\n") else text + "\n"


def text_of(part):
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


# ---- content --------------------------------------------------------------------------------------------------------


def test_a_mail(server, outlet):
    outlet.texts |= {"subject": "LAMP is out of stock", "text": "Out of stock for LAMP"}
    begun = int(time.time())
    message = parsed(send(server, outlet, id="45c55ae3d780d15d-a0efa6ba0a668aa9-102-1"))
    assert message["From"] == "shop@example.com" and message["To"] == TO
    assert message["Subject"] == "LAMP is out of stock"
    assert message["Message-ID"] == "<45c55ae3d780d15d-a0efa6ba0a668aa9-102-1@example.com>"
    assert message["Auto-Submitted"] == "auto-generated" and message["MIME-Version"] == "1.0"
    assert begun <= message["Date"].datetime.timestamp() <= time.time()
    assert message.get_content_type() == "text/plain" and text_of(message) == "Out of stock for LAMP\n"
    assert sorted(message.keys()) == sorted(["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                             "MIME-Version", "Content-Type", "Content-Transfer-Encoding"])


def test_html_is_the_alternative_that_readers_prefer(server, outlet_to):
    with outlet_to(html="{sku}") as outlet:
        outlet.texts |= {"text": "Ausverkauft: LÄMP", "html": "<p>Ausverkauft: <b>LÄMP</b></p>"}
        message = parsed(send(server, outlet))
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        assert text_of(message.get_body(["plain"])) == "Ausverkauft: LÄMP\n"
        assert text_of(message.get_body(["html"])) == "<p>Ausverkauft: <b>LÄMP</b></p>\n"


def test_without_a_subject_it_is_the_first_line_of_the_text(server, outlet):
    outlet.texts["text"] = "Out of stock for LAMP\nCall the shop"
    assert parsed(send(server, outlet))["Subject"] == "Out of stock for LAMP"
    outlet.texts["text"] = "\nOut of stock for LAMP"
    assert parsed(send(server, outlet))["Subject"] == "OutOfStock"


@pytest.mark.parametrize(("written", "name", "address"), [
    ("buyer@example.com", "", "buyer@example.com"),
    ("<buyer@example.com>", "", "buyer@example.com"),
    ("Buyer <buyer@example.com>", "Buyer", "buyer@example.com"),
    ("\"Buyer, Head of\" <buyer@example.com>", "Buyer, Head of", "buyer@example.com"),
    ("Büyer Größe <buyer@example.com>", "Büyer Größe", "buyer@example.com"),
    ("A \\ \"B\" (c) <o'x+y=z@example.com>", "A \\ \"B\" (c)", "o'x+y=z@example.com"),
    (f"Long name <{'x' * 64}@{'y' * 60}.example>", "Long name", f"{'x' * 64}@{'y' * 60}.example"),
    ("Shop <x@bücher.example>", "Shop", "x@xn--bcher-kva.example"),
])
def test_names_and_addresses(server, outlet_to, written, name, address):
    with outlet_to(**{"from": written}) as outlet:
        before = len(server.mails)
        outlet.send(written)
        [mail] = server.mails[before:]
        assert mail.sender == mail.recipient == address
        for header in ("From", "To"):
            [found] = parsed(mail.content)[header].addresses
            assert (found.display_name, found.addr_spec) == (name, address)


def test_a_long_name_is_folded(server, outlet):
    name = ("Größe " * 30).strip()
    raw = unfolded(parsed(send(server, outlet, f"{name} <{TO}>")), "To")
    assert raw == f"{name} <{TO}>"


def test_headers_that_the_operator_adds(server, outlet_to):
    added = {"X-Priority": "1", "Reply-To": "Größe <answers@example.com>", "X-Note": "für alle " * 20}
    with outlet_to(headers=added) as outlet:
        message = parsed(send(server, outlet))
        assert message["X-Priority"] == "1" and str(message["X-Note"]).strip() == added["X-Note"].strip()
        [reply] = message["Reply-To"].addresses
        assert (reply.display_name, reply.addr_spec) == ("Größe", "answers@example.com")


@pytest.mark.parametrize("id", ["with space", "a@b", "ü", "x" * 100, "dot.", ">"])
def test_a_message_id_is_always_one(server, outlet, id):
    found = []
    for _ in range(2):
        content = send(server, outlet, id=id)
        found.append(re.search(rb"\r\nMessage-ID: <([0-9a-f]{32}@example\.com)>\r\n", content).group(1))
    assert found[0] == found[1]


# ---- addresses that are not ASCII -----------------------------------------------------------------------------------


def test_an_address_that_is_not_ascii_is_announced(outlet_to):
    with MailServer(enable_SMTPUTF8=True) as server, outlet_to(url=server.url) as outlet:
        assert outlet.send("Käufer <käufer@bücher.example>").both == ("ok", "ok")
        assert outlet.send(TO).both == ("ok", "ok")
        international, ordinary = server.mails
        assert international.recipient == "käufer@xn--bcher-kva.example"
        assert "SMTPUTF8" in international.options and "SMTPUTF8" not in ordinary.options
        check_form(international.content, is_ascii=False)


def test_an_address_that_the_server_cannot_take_is_given_up(server, outlet):
    sent = outlet.send("käufer@example.com")
    assert sent.both == ("ok", "permanent") and "SMTPUTF8" in sent.answer
    assert outlet.send(TO).both == ("ok", "ok")


def test_a_sender_that_the_server_cannot_take_needs_an_operator(outlet_to):
    with outlet_to(**{"from": "käufer@example.com"}) as outlet:
        sent = outlet.send(TO)
        assert sent.status == "configuration" and "SMTPUTF8" in sent.text


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b.example\r\nBcc: <c@d.example>", "a@b.example\0", "a b@c.example",
                                       "a@b.example> SIZE=1 <c@d.example", b"\xff@example.com"])
def test_a_recipient_that_is_no_address_is_given_up(server, outlet, recipient):
    before = len(server.mails)
    assert outlet.send(recipient).both == ("ok", "permanent")
    assert len(server.mails) == before


# ---- nasty values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_value_is_a_text_like_any_other(server, outlet_to, name):
    value = NASTY[name]
    with outlet_to(html="x") as outlet:
        outlet.texts |= {"subject": value, "text": value, "html": value}
        message = parsed(send(server, outlet))
        assert set(message.keys()) - {"Content-Transfer-Encoding"} == {
            "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
        subject = as_line(value or "OutOfStock").encode()
        cut = subject[:500].decode(errors="ignore") + "..." * (len(subject) > 500)
        assert unfolded(message, "Subject") == cut
        assert text_of(message.get_body(["plain"])) == as_text(value or "OutOfStock")
        if value:
            assert text_of(message.get_body(["html"])) == as_text(value)


def unfolded(message, name):
    """The value by RFC 2047, which ignores spaces between encoded words; Python's newer parser adds some to names."""
    raw = dict(message.raw_items())[name]
    parts = email.header.decode_header(re.sub(r"\r?\n(?=[ \t])", "", raw))
    return "".join(part.decode(charset or "ascii") if isinstance(part, bytes) else part for part, charset in parts)


class MailReader:
    """A server and a parser in Node, in a program of mail_reader. Use it as a context."""

    def __init__(self, modules, program, folder):
        environment = os.environ | {"MAIL_READER": str(modules), "TMPDIR": str(folder)}
        self.process = subprocess.Popen(["node", READER / program, str(free_port())], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = f"smtp://127.0.0.1:{int(self.process.stdout.readline())}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def mail(self):
        return json.loads(self.process.stdout.readline())


@pytest.fixture(params=["reader.js", "maildev.js"])
def mail_reader(request, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("needs node")
    try:
        modules = npm_package.installed_by_lock(READER)
    except npm_package.NpmUnreachable as unreachable:
        pytest.skip(f"needs smtp-server, mailparser and maildev from npm: {unreachable}")
    with MailReader(modules, request.param, tmp_path) as reader:
        yield reader


def test_another_server_and_parser_find_the_same(mail_reader, outlet_to):
    """One connection has all mails."""
    with outlet_to(url=mail_reader.url, html="x", **{"from": "Größe <shop@example.com>"}) as outlet:
        for name in [name for name in NASTY if NASTY[name]]:
            outlet.texts |= {"subject": NASTY[name], "text": NASTY[name], "html": NASTY[name]}
            assert outlet.send("\"Buyer, One\" <buyer@example.com>").both == ("ok", "ok"), name
            found = mail_reader.mail()
            assert found["envelope"] == {"from": "shop@example.com", "to": [TO]}
            assert found["from"] == [{"address": "shop@example.com", "name": "Größe"}]
            assert found["to"] == [{"address": TO, "name": "Buyer, One"}]
            assert found["bcc"] == [] and found["attachments"] == 0 and found["automatic"] == "auto-generated"
            assert found["id"] and found["date"]
            assert squeezed(found["text"]) == squeezed(as_text(NASTY[name])), name
            assert squeezed(found["html"]) == squeezed(as_text(NASTY[name])), name
            if len(as_line(NASTY[name]).encode()) <= 500:
                assert squeezed(found["subject"]) == squeezed(as_line(NASTY[name])), name


def squeezed(text):
    """White space at the ends of lines and of the whole is a matter of taste."""
    return re.sub(r"\s+", " ", text).strip()


def test_ten_megabytes_arrive(outlet_to):
    """Read without aiosmtpd, which takes long for each line."""
    received = []

    def play(talk):
        talk.greet("SIZE")
        talk.take_mail()
        received.append(talk.hear_mail())
        talk.say("250 accepted")

    with PlayedServer(play) as server, outlet_to(url=server.url) as outlet:
        outlet.texts["text"] = "a field of ten megabytes\n" * 400_000
        assert outlet.send(TO, within=60).both == ("ok", "ok")
    check_form(received[0])
    assert text_of(parsed(received[0])) == outlet.texts["text"]


def test_a_mail_that_is_too_long_for_the_server_is_given_up(outlet_to):
    with MailServer(data_size_limit=100_000) as server, outlet_to(url=server.url) as outlet:
        outlet.texts["text"] = "x" * 200_000
        sent = outlet.send(TO)
        assert sent.both == ("ok", "permanent") and "552" in sent.answer
        assert outlet.send(TO, within=10).both == ("ok", "permanent")


def test_random_values_are_read_as_they_were(server, outlet, rng):
    pieces = ["\r\n", "\n", "\r", ".", " ", "=", "?", "x", "é", "在", "🙂", "\t", "--", "=?", "word", b"\xff", b"\xc3"]
    for _ in range(150):
        value = b"".join(piece if isinstance(piece, bytes) else piece.encode()
                         for piece in rng.choices(pieces, k=rng.randrange(1, 120)))
        outlet.texts |= {"subject": value, "text": value}
        message = parsed(send(server, outlet))
        assert text_of(message) == as_text(value)
        if len(value) <= 160:
            assert unfolded(message, "Subject") == as_line(value)
