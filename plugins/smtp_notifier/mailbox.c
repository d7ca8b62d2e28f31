/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses with and without a name. See mailbox.h. */
#include "mailbox.h"

#include <gangway/sdk/show.h>
#include <gangway/sdk/utf8.h>

#include <idn2.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 63 };

static const char letters_and_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static bool is_atom_byte(char byte)
{
    return is_one_of(byte, letters_and_digits) || is_one_of(byte, "!#$%&'*+-/=?^_`{|}~");
}

static bool is_ascii(struct gw_text text)
{
    for (uint64_t at = 0; at < text.len; at++)
        if ((unsigned char)text.ptr[at] >= 0x80)
            return false;
    return true;
}

/* Atoms joined by single dots. Bytes above ASCII belong to an atom where RFC 6531 applies. */
static bool is_dot_atom(struct gw_text text, bool with_utf8)
{
    bool after_dot = true;

    for (uint64_t at = 0; at < text.len; at++) {
        char byte = text.ptr[at];

        if (byte == '.' && after_dot)
            return false;
        if (byte != '.' && !is_atom_byte(byte) && !(with_utf8 && (unsigned char)byte >= 0x80))
            return false;
        after_dot = byte == '.';
    }
    return !after_dot;
}

bool mailbox_is_dot_atom(struct gw_text text)
{
    return is_dot_atom(text, false);
}

/* Valid UTF-8 without a character that a reader cannot see. */
static bool is_visible(struct gw_text text)
{
    if (gw_utf8_valid_len(text) != text.len || gw_utf8_has_control(text.ptr, text.len))
        return false;
    for (uint64_t at = 0; at < text.len;) {
        uint64_t size = gw_utf8_sequence(text.ptr + at, text.len - at);

        if (gw_code_point_is_invisible(gw_utf8_code_point(text.ptr + at, size)))
            return false;
        at += size;
    }
    return true;
}

static bool is_domain(struct gw_text text)
{
    uint64_t label = 0;

    for (uint64_t at = 0; at < text.len; at++) {
        if (text.ptr[at] != '.' && !is_one_of(text.ptr[at], letters_and_digits) && !is_one_of(text.ptr[at], "-_"))
            return false;
        if (text.ptr[at] == '.' && label == 0)
            return false;
        label = text.ptr[at] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0 && text.len <= MAILBOX_DOMAIN_MAX;
}

/* The domain in ASCII: DNS and servers without SMTPUTF8 know no other form. */
static enum gw_status write_domain(struct gw_text domain, char *out, struct gw_error *reterr)
{
    char written[MAILBOX_DOMAIN_MAX + 1];
    uint8_t *converted = NULL;
    int code;
    bool fits;

    if (domain.len > MAILBOX_DOMAIN_MAX)
        return gw_error_set(reterr, GW_INVALID, "the domain is longer than %d bytes", MAILBOX_DOMAIN_MAX);
    memcpy(written, domain.ptr, (size_t)domain.len);
    written[domain.len] = '\0';
    if (is_ascii(domain)) {
        memcpy(out, written, (size_t)domain.len + 1);
    } else {
        code = idn2_lookup_u8((const uint8_t *)written, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
        if (code == IDN2_MALLOC)
            return gw_error_set(reterr, GW_NOMEM, "no memory for a domain");
        if (code != IDN2_OK)
            return gw_error_set(reterr, GW_INVALID, "\"%s\" is no domain: %s", written, idn2_strerror(code));
        fits = strlen((const char *)converted) <= MAILBOX_DOMAIN_MAX;
        (void)snprintf(out, MAILBOX_DOMAIN_MAX + 1, "%s", (const char *)converted);
        idn2_free(converted);
        if (!fits)
            return gw_error_set(reterr, GW_INVALID, "the domain is longer than %d bytes", MAILBOX_DOMAIN_MAX);
    }
    if (!is_domain(gw_text_of(out)))
        return gw_error_set(reterr, GW_INVALID, "\"%s\" is no domain", written);
    return GW_OK;
}

static enum gw_status parse_address(struct gw_text text, struct mailbox *mailbox, struct gw_error *reterr)
{
    const char *at = text.len > 0 ? memrchr(text.ptr, '@', (size_t)text.len) : NULL;
    struct gw_text local;

    if (at == NULL)
        return gw_error_set(reterr, GW_INVALID, "expected an address such as buyer@example.com");
    local = gw_text_span(text.ptr, (uint64_t)(at - text.ptr));
    if (local.len > MAILBOX_LOCAL_MAX)
        return gw_error_set(reterr, GW_INVALID, "more than %d bytes before the @", MAILBOX_LOCAL_MAX);
    if (!is_dot_atom(local, true))
        return gw_error_set(reterr, GW_INVALID, "\"%.*s\" before the @ needs letters, digits and single dots",
                            gw_shown(local), local.ptr);
    memcpy(mailbox->address, text.ptr, (size_t)local.len + 1);
    mailbox->needs_utf8 = !is_ascii(local);
    return write_domain(gw_text_span(at + 1, text.len - local.len - 1), mailbox->address + local.len + 1, reterr);
}

static struct gw_text trim(struct gw_text text)
{
    while (text.len > 0 && text.ptr[0] == ' ') {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static struct gw_text without_quotes(struct gw_text text)
{
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        return gw_text_span(text.ptr + 1, text.len - 2);
    return text;
}

enum gw_status mailbox_parse(struct gw_text text, struct mailbox *ret_mailbox, struct gw_error *reterr)
{
    struct mailbox mailbox = {0};
    struct gw_text whole = trim(text);
    struct gw_text address = whole;
    enum gw_status status;

    if (!is_visible(whole))
        return gw_error_set(reterr, GW_INVALID, "not UTF-8, or with a line break, control or invisible character");
    if (whole.len > 0 && whole.ptr[whole.len - 1] == '>') {
        const char *open = memrchr(whole.ptr, '<', (size_t)whole.len);

        if (open == NULL)
            return gw_error_set(reterr, GW_INVALID, "a `>` without a `<`");
        mailbox.name = without_quotes(trim(gw_text_span(whole.ptr, (uint64_t)(open - whole.ptr))));
        address = gw_text_span(open + 1, whole.len - (uint64_t)(open + 1 - whole.ptr) - 1);
    }
    status = parse_address(address, &mailbox, reterr);
    if (status == GW_OK)
        *ret_mailbox = mailbox;
    return status;
}

const char *mailbox_domain(const struct mailbox *mailbox)
{
    return strrchr(mailbox->address, '@') + 1;
}
