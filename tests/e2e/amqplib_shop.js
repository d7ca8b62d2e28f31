// SPDX-License-Identifier: Apache-2.0
// A shop on amqplib: sends what it is given, waits for one event, prints that event as JSON, ends.
//
//     node amqplib_shop.js URL COMMANDS EXCHANGE MESSAGE...
//
// MESSAGE is JSON: {"body": TEXT, "options": amqplib's options of a message}.
'use strict'

const amqp = require('amqplib')

async function main (url, commands, exchange, ...messages) {
  const connection = await amqp.connect(url)
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, exchange, '#')
  for (const { body, options } of messages.map(message => JSON.parse(message))) {
    channel.sendToQueue(commands, Buffer.from(body), { persistent: true, ...options })
  }
  await channel.waitForConfirms()
  const event = await new Promise(resolve => channel.consume(queue, resolve, { noAck: true }))
  const { fields, properties, content } = event
  console.log(JSON.stringify({ key: fields.routingKey, properties, content: content.toString() }))
  await connection.close()
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exit(1)
})
