/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON become arrivals. See arrival.h. */
#include "arrival.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace
{

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

bool keep(std::string_view text, gw_text &ret_text)
{
    char *copy = static_cast<char *>(malloc(text.size() + 1));

    if (copy == nullptr)
        return false;
    memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    ret_text = gw_text_span(copy, text.size());
    return true;
}

/* A member that is not there leaves the text empty. */
bool keep_member(const object &event, const char *name, bool is_required, gw_text &ret_text)
{
    std::string_view text;
    simdjson::error_code error = event[name].get(text);

    if (error == simdjson::NO_SUCH_FIELD)
        return !is_required;
    return error == simdjson::SUCCESS && keep(text, ret_text);
}

bool keep_headers(const object &event, arrival &ret_arrival)
{
    array headers;

    if (event["headers"].get(headers) != simdjson::SUCCESS)
        return true;
    ret_arrival.headers = static_cast<gw_text *>(calloc(2 * headers.size() + 1, sizeof *ret_arrival.headers));
    if (ret_arrival.headers == nullptr)
        return false;
    for (element header : headers) {
        gw_text *pair = ret_arrival.headers + 2 * ret_arrival.header_count++;
        std::string_view name;
        std::string_view value;

        if (header.at(0).get(name) != simdjson::SUCCESS || header.at(1).get(value) != simdjson::SUCCESS)
            return false;
        if (!keep(name, pair[0]) || !keep(value, pair[1]))
            return false;
    }
    return true;
}

} // namespace

int arrival_read(const char *line, size_t len, arrival *ret_arrival)
{
    simdjson::dom::parser parser;
    object event;

    *ret_arrival = {};
    if (parser.parse(line, len).get(event) == simdjson::SUCCESS && keep_member(event, "id", true, ret_arrival->id) &&
        keep_member(event, "type", true, ret_arrival->type) && keep_member(event, "sku", false, ret_arrival->sku) &&
        keep_member(event, "payload", true, ret_arrival->payload) && keep_headers(event, *ret_arrival))
        return 0;
    arrival_done(ret_arrival);
    return -1;
}

void arrival_done(arrival *arrival)
{
    for (size_t i = 0; i < 2 * arrival->header_count; i++)
        free(const_cast<char *>(arrival->headers[i].ptr));
    free(arrival->headers);
    free(const_cast<char *>(arrival->id.ptr));
    free(const_cast<char *>(arrival->type.ptr));
    free(const_cast<char *>(arrival->sku.ptr));
    free(const_cast<char *>(arrival->payload.ptr));
    *arrival = {};
}
