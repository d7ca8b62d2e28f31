// SPDX-License-Identifier: Apache-2.0
// A mail server and a parser that are not ours: smtp-server receives, mailparser reads. The first line of standard output
// is the port, each further one is a mail as JSON. It ends with its standard input.

const { createRequire } = require('node:module');

const installed = createRequire(process.env.MAIL_READER + '/');
const { SMTPServer } = installed('smtp-server');
const { simpleParser } = installed('mailparser');

const addresses = (found) => (found ? found.value.map(({ name, address }) => ({ name, address })) : []);

async function read(stream, session) {
  const mail = await simpleParser(stream, { skipTextToHtml: true, skipHtmlToText: true, skipImageLinks: true });
  return {
    envelope: { from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map(({ address }) => address) },
    from: addresses(mail.from),
    to: addresses(mail.to),
    bcc: addresses(mail.bcc),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    id: mail.messageId,
    date: mail.date,
    automatic: mail.headers.get('auto-submitted'),
    attachments: mail.attachments.length,
    headers: mail.headerLines.map(({ key }) => key),
  };
}

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, session, done) {
    read(stream, session).then((mail) => {
      console.log(JSON.stringify(mail));
      done();
    }, done);
  },
});

server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
