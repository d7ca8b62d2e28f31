# SPDX-License-Identifier: Apache-2.0
"""Postfix, as Debian has it, with a configuration, a queue and a port of its own: it delivers mails for its mailboxes
into Maildirs. Its own processes change to the user postfix, so only root can start it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from local_server import die_with_parent, free_port
from mail_server import Tls
from waiting import until

DOMAIN = "example.com"
MASTER_PROGRAM = "/usr/lib/postfix/sbin/master"

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
alias_maps =
local_recipient_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_cert_file = {tls}/server.crt
smtpd_tls_key_file = {tls}/server.key
smtpd_tls_security_level = encrypt
message_size_limit = 1000000
virtual_mailbox_limit = 0
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixUnavailable(Exception):
    """It is not installed, or we are not root."""


class Postfix:
    """Use it as a context. mailboxes: the local parts of the addresses of DOMAIN that exist."""

    def __init__(self, mailboxes, domain=DOMAIN):
        program = shutil.which("postfix", path="/usr/sbin:/usr/bin")
        if program is None or os.geteuid() != 0:
            raise PostfixUnavailable("not installed" if program is None else "only root can start it")
        self.program = program
        self.domain = domain
        self.mailboxes = mailboxes
        self.port = free_port()
        self.url = f"smtp://localhost:{self.port}"

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gwmail-"))
        self.folder.chmod(0o755)
        self.tls = Tls(self.folder / "tls")
        self.prepare()
        etc = self.folder / "etc"
        subprocess.run([self.program, "-c", etc, "check"], check=True, capture_output=True)  # which makes its queue
        self.process = subprocess.Popen([MASTER_PROGRAM, "-c", etc, "-d"], preexec_fn=lambda: die_with_parent(signal.SIGTERM),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(self.is_ready, 30, self.log, self.process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        user, nobody = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
        for name in ("etc", "queue", "data", "mail"):
            (self.folder / name).mkdir(mode=0o755)
        os.chown(self.folder / "data", user.pw_uid, user.pw_gid)
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        mailboxes = ", ".join(f"{{ {name}@{self.domain} = {name}/ }}" for name in self.mailboxes)
        (self.folder / "etc/main.cf").write_text(MAIN.format(
            folder=self.folder, tls=self.tls.folder, domain=self.domain, mailboxes=mailboxes, uid=nobody.pw_uid,
            gid=nobody.pw_gid))
        (self.folder / "etc/master.cf").write_text(MASTER.format(port=self.port))

    def is_ready(self):
        return "daemon started" in self.log()

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __exit__(self, *_):
        self.process.terminate()  # it ends its own processes
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def mails(self, name):
        """The mails in a Maildir, in the order of their arrival."""
        paths = (self.folder / "mail" / name / "new").glob("*")
        return [path.read_bytes() for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns)]
