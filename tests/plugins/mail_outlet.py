# SPDX-License-Identifier: Apache-2.0
"""A smtp_notifier in its own process, which sends the same texts until a test changes them."""

from notifier_outlet import Outlet


class MailOutlet:
    """Use it as a context. Options as the plugin's; texts: what its templates are rendered to, by their names."""

    def __init__(self, **options):
        self.outlet = Outlet("smtp_notifier", **options)
        self.opened = self.outlet.opened
        self.texts = {"text": "Out of stock for LAMP"}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.outlet.close()
        else:
            self.outlet.process.kill()  # the failure of the test counts

    def __getattr__(self, name):
        return getattr(self.outlet, name)

    def send(self, recipient, within=10.0, id=None):
        return Attempt(self.outlet.send(within, id, recipient, **self.texts))


class Attempt:
    """What send returned (notifier_outlet.Sent)."""

    def __init__(self, sent):
        self.sent = sent

    def __getattr__(self, name):
        return getattr(self.sent, name)

    def __repr__(self):
        return repr(self.sent)

    @property
    def both(self):
        """The status of send, and the verdict, which is there where the status is ok."""
        return self.sent.status, self.sent.verdict or None
