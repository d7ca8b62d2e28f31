/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the stock source of a worker. */
#include "stock/source.h"

struct gw_stock_source *gw_stock_source_new(const struct gw_repository_ops *repository, struct gw_session *session,
                                            int64_t cache_bytes)
{
    struct gw_stock_source *direct = gw_stock_direct_new(repository, session);

    return direct != NULL && cache_bytes > 0 ? gw_stock_cached_new(direct, cache_bytes) : direct;
}

void gw_stock_source_free(struct gw_stock_source *source)
{
    if (source != NULL)
        source->free(source);
}
