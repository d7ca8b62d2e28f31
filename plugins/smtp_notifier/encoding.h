/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoding: text of any bytes as the seven-bit lines of a mail, for headers (RFC 2047) and for bodies (RFC 2045).
 *
 * A text is cleaned first, and then written in one of the encodings. What is written contains no bare CR or LF, no NUL,
 * no line above 78 characters, and no dot at the beginning of a line. So no value can end a header or a mail, whatever
 * a server on its way does with dots.
 *
 * No state, any thread. Failures are the buffer's (has_failed).
 */
#ifndef SMTP_NOTIFIER_ENCODING_H
#define SMTP_NOTIFIER_ENCODING_H

#include <gangway/sdk/buffer.h>
#include <gangway/text.h>

#include <stdbool.h>

enum { ENCODING_LINE_MAX = 76 };

/* Appends text for a header: bytes that are no UTF-8 become U+FFFD, each control character a space. */
void encoding_clean_line(struct gw_buffer *out, struct gw_text text);

/* Appends text for a body: the same, but line breaks of every kind become CRLF and tabs stay. The last line ends with
 * CRLF. */
void encoding_clean_text(struct gw_buffer *out, struct gw_text text);

/* Whether a clean line may be in a header as it is: visible ASCII in words that can be folded, and nothing that a
 * reader takes for an encoded word. */
bool encoding_is_plain(struct gw_text line);

/* Appends a plain line, folded at spaces; column is that of its first character. */
void encoding_fold(struct gw_buffer *out, struct gw_text line, size_t column);

/* Appends a clean line as encoded words, each of whole characters. */
void encoding_words(struct gw_buffer *out, struct gw_text line, size_t column);

/* How a body is encoded: quoted-printable, which people can read, unless more than a third of it is not ASCII. */
bool encoding_prefers_base64(struct gw_text text);

/* Appends a clean text. */
void encoding_quoted_printable(struct gw_buffer *out, struct gw_text text);
void encoding_base64(struct gw_buffer *out, struct gw_text text);

/* Appends any bytes as base64 without line breaks. */
void encoding_base64_token(struct gw_buffer *out, struct gw_text bytes);

#endif
