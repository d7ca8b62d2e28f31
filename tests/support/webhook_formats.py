# SPDX-License-Identifier: Apache-2.0
"""What services accept as the body of a webhook, as JSON Schemas of the fields that our examples use. An unknown field
is an error, so that a misspelt one is found. By the documents that each service publishes, read in November 2026."""


def strict(required, optional=None):
    """An object of these fields, name -> schema, and no others."""
    return {"type": "object", "properties": required | (optional or {}), "required": list(required),
            "additionalProperties": False}


def text(longest=None, **limits):
    return {"type": "string", "minLength": 1} | ({"maxLength": longest} if longest else {}) | limits


def list_of(items, longest=None):
    return {"type": "array", "items": items, "minItems": 1} | ({"maxItems": longest} if longest else {})


# learn.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams": a message with one attachment,
# which is a card; adaptivecards.io/schemas/adaptive-card.json: its elements. Teams shows cards up to version 1.5.
TEXT_BLOCK = strict({"type": {"const": "TextBlock"}, "text": text()},
                    {"size": {"enum": ["default", "small", "medium", "large", "extraLarge"]},
                     "weight": {"enum": ["default", "lighter", "bolder"]}, "wrap": {"type": "boolean"}})
FACT_SET = strict({"type": {"const": "FactSet"}, "facts": list_of(strict({"title": text(), "value": text()}))})
CARD = strict({"type": {"const": "AdaptiveCard"}, "version": {"enum": ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]},
               "body": list_of({"oneOf": [TEXT_BLOCK, FACT_SET]})},
              {"$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}})
TEAMS = strict({"type": {"const": "message"},
                "attachments": list_of(strict({"contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                                               "content": CARD}, {"contentUrl": {"type": "null"}}), 1)})

# docs.discord.com, Webhook Resource, "Execute Webhook", and Message Resource, "Allowed Mentions Object".
DISCORD = strict({"content": text(2000)},
                 {"username": text(80), "avatar_url": text(), "tts": {"type": "boolean"},
                  "allowed_mentions": strict({"parse": {"type": "array", "uniqueItems": True,
                                                        "items": {"enum": ["roles", "users", "everyone"]}}})})

# docs.ntfy.sh, "Publish as JSON". A message above 4,096 bytes would become an attachment.
NTFY = strict({"topic": text(64, pattern="^[-_A-Za-z0-9]+$")},
              {"message": text(4096), "title": text(), "tags": list_of(text()),
               "priority": {"type": "integer", "minimum": 1, "maximum": 5}, "click": text(),
               "markdown": {"type": "boolean"}})

# developer.pagerduty.com, "Send an Alert Event", and reference/events-v2 of github.com/PagerDuty/api-schema.
PAGERDUTY = strict({"routing_key": text(pattern="^[0-9a-zA-Z]{32}$"),
                    "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
                    "payload": strict({"summary": text(1024), "source": text(),
                                       "severity": {"enum": ["critical", "warning", "error", "info"]}},
                                      {"timestamp": text(), "component": text(), "group": text(), "class": text(),
                                       "custom_details": {"type": "object"}})},
                   {"dedup_key": text(255), "client": text(), "client_url": text(), "links": {"type": "array"},
                    "images": {"type": "array"}})

# github.com/standard-webhooks, "Payload structure".
STANDARD = strict({"type": text(), "timestamp": text(), "id": text(), "count": {"type": "integer", "minimum": 1},
                   "data": {"type": "object"}})

# docs.slack.dev: "Sending messages using incoming webhooks", chat.postMessage, Block Kit's header and section. The
# tests themselves measure lengths in units of UTF-16.
SLACK_HEADER = strict({"type": {"const": "header"},
                       "text": strict({"type": {"const": "plain_text"}, "text": text(150)},
                                      {"emoji": {"type": "boolean"}})})
SLACK_SECTION = strict({"type": {"const": "section"},
                        "text": strict({"type": {"const": "mrkdwn"}, "text": text(3000)},
                                       {"verbatim": {"type": "boolean"}})})
SLACK_FIELDS = {"text": text(40_000), "blocks": list_of({"oneOf": [SLACK_HEADER, SLACK_SECTION]}, 50)}
SLACK_UNFURLING = {"unfurl_links": {"type": "boolean"}, "unfurl_media": {"type": "boolean"}}
SLACK = strict(SLACK_FIELDS, SLACK_UNFURLING)
SLACK_API = strict(SLACK_FIELDS | {"channel": text()},
                   SLACK_UNFURLING | {"thread_ts": text(), "metadata": strict({"event_type": text(), "event_payload": {"type": "object"}})})
