// SPDX-License-Identifier: Apache-2.0
// maildev, which receives mails and reads them with a parser of its own: maildev.js PORT. Standard input and output are
// those of reader.js.

const { createRequire } = require('node:module');

const installed = createRequire(process.env.MAIL_READER + '/');
const port = Number(process.argv[2]);
const server = installed('maildev')({ smtp: port, ip: '127.0.0.1', disableWeb: true, silent: true });

server.on('new', (mail) => {
  console.log(JSON.stringify({
    envelope: { from: mail.envelope.from.address, to: mail.envelope.to.map(({ address }) => address) },
    from: mail.from ?? [],
    to: mail.to ?? [],
    bcc: mail.bcc ?? [],
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    id: mail.messageId,
    date: mail.date,
    automatic: mail.headers['auto-submitted'],
    attachments: mail.attachments?.length ?? 0,
    headers: Object.keys(mail.headers),
  }));
});

server.listen(() => console.log(port));
process.stdin.resume().on('end', () => process.exit(0));
