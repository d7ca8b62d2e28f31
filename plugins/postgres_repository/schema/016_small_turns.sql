-- SPDX-License-Identifier: Apache-2.0
-- Since version 16 `apply` and `settle_blocks` change one row alone without a set of rows. functions.sql, which every
-- migration ends with, has them as they are today.
--
-- readable from: 15
SELECT;
