-- SPDX-License-Identifier: Apache-2.0
-- Version 3 brought `apply`. functions.sql, which every migration ends with, has it as it is today.
SELECT;
