// SPDX-License-Identifier: Apache-2.0
// A shop on kafkajs: sends one command, waits for the first event about its SKU, prints that event as JSON, ends.
//
//     node kafkajs_shop.js BROKERS COMMANDS EVENTS SKU COMMAND
'use strict'

const { Kafka, logLevel } = require('kafkajs')

async function main (brokers, commands, events, sku, command) {
  const kafka = new Kafka({ clientId: 'shop', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'shop-' + process.pid })

  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic: events, fromBeginning: true })
  await producer.send({ topic: commands, messages: [{ key: sku, value: command, headers: { ce_type: 'Allocate' } }] })
  const event = await new Promise((resolve, reject) => consumer.run({
    eachMessage: async ({ message }) => {
      if (message.key.toString() !== sku) return
      const headers = Object.entries(message.headers).map(([name, value]) => [name, value.toString()])
      resolve({ value: message.value.toString(), headers: Object.fromEntries(headers) })
    }
  }).catch(reject))
  console.log(JSON.stringify(event))
  await Promise.all([producer.disconnect(), consumer.disconnect()])
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exit(1)
})
