-- SPDX-License-Identifier: Apache-2.0
-- Since version 13 `apply` is told which changed batch takes a line, in a parameter that gateways of before leave out.
--
-- readable from: 9

-- What functions.sql replaces.
DO $$
DECLARE
    replaced regprocedure;
BEGIN
    FOR replaced IN SELECT oid FROM pg_proc
                     WHERE pronamespace = current_schema()::regnamespace AND proname = 'apply' LOOP
        EXECUTE format('DROP FUNCTION %s', replaced);
    END LOOP;
END $$;
