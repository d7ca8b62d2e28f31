# SPDX-License-Identifier: Apache-2.0
"""A producer that sends commands to a queue while gateways read it. A message that the broker has not confirmed is sent
again under its message_id, on another connection, so that it may be in the queue twice."""

import threading
import time

import pika

RETRY_SECONDS = 0.1


class RabbitSender(threading.Thread):
    """Sends commands over so many seconds, in their order. ids: what each is known by; confirmed: how many of them the
    broker has."""

    def __init__(self, node, queue, commands, seconds, name):
        super().__init__(daemon=True)
        self.node, self.queue, self.commands, self.seconds = node, queue, commands, seconds
        self.ids = [f"{name}-{number}" for number in range(len(commands))]
        self.confirmed = 0
        self.connection = self.channel = None
        self.stopped = threading.Event()
        self.start()

    def run(self):
        begin = time.monotonic()
        while self.confirmed < len(self.commands) and not self.stopped.is_set():
            now = time.monotonic() - begin
            due = len(self.commands) if now >= self.seconds else int(now / self.seconds * len(self.commands))
            if due <= self.confirmed or not self.send():
                self.stopped.wait(RETRY_SECONDS)  # the pace of the load, or until the broker is back
        if self.connection is not None and self.connection.is_open:
            self.connection.close()

    def send(self):
        """The next one. False: the broker did not confirm it."""
        try:
            if self.connection is None or not self.connection.is_open or not self.channel.is_open:
                self.connection = pika.BlockingConnection(pika.URLParameters(self.node.url))
                self.channel = self.connection.channel()
                self.channel.confirm_delivery()
            properties = pika.BasicProperties(delivery_mode=2, message_id=self.ids[self.confirmed])
            self.channel.basic_publish("", self.queue, self.commands[self.confirmed], properties, mandatory=True)
        except (pika.exceptions.AMQPError, OSError):
            self.connection = None
            return False
        self.confirmed += 1
        return True

    def stop(self):
        self.stopped.set()
        self.join()

    def messages(self):
        """(id, payload, whether the broker has confirmed it) in their order, as sources.QueueSource wants them."""
        return [(identity, command, number < self.confirmed)
                for number, (identity, command) in enumerate(zip(self.ids, self.commands))]
