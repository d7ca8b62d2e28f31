-- SPDX-License-Identifier: Apache-2.0
-- Since version 12 `apply` stores message ids without ON CONFLICT. functions.sql, which every migration ends with, has it as
-- it is today.
--
-- readable from: 9
SELECT;
