-- SPDX-License-Identifier: Apache-2.0
-- Version 10 brought `settle_blocks`. functions.sql, which every migration ends with, has it as it is today.
--
-- readable from: 9
SELECT;
