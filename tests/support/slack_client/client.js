// SPDX-License-Identifier: Apache-2.0
// Slack's own clients against a server that answers as Slack does: each line of standard input is a call, each line of
// standard output what the client made of the answer. client.js WEBHOOK_URL API_URL TOKEN
//
//     {"webhook": MESSAGE}   {"result": ...} or {"code": ..., "status": ...}
//     {"method": NAME, "arguments": {...}}   {"result": ...} or {"code": ..., "error": ..., "retryAfter": ...}

const { createInterface } = require('node:readline');
const { createRequire } = require('node:module');

const installed = createRequire(process.env.SLACK_CLIENT + '/');
const { IncomingWebhook } = installed('@slack/webhook');
const { WebClient } = installed('@slack/web-api');

const [, , webhookUrl, apiUrl, token] = process.argv;
const webhook = new IncomingWebhook(webhookUrl);
const api = new WebClient(token, {
  slackApiUrl: apiUrl,
  rejectRateLimitedCalls: true,
  retryConfig: { retries: 0 },
});

async function call(line) {
  const asked = JSON.parse(line);
  try {
    const result = asked.webhook ? await webhook.send(asked.webhook) : await api.apiCall(asked.method, asked.arguments);
    return { result };
  } catch (failure) {
    return {
      code: failure.code,
      error: failure.data?.error,
      status: failure.statusCode ?? failure.original?.response?.status,
      body: failure.body,
      retryAfter: failure.retryAfter,
    };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(line)));
  }
})();
