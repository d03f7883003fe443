DROP FUNCTION record_model_call(
    uuid, text, timestamptz, uuid, uuid, uuid, uuid, uuid, text, text, text, integer, integer, numeric, integer, text,
    text[]
);
DROP FUNCTION authenticate_model_key(text);
DROP TABLE model_calls, model_keys;
REVOKE USAGE ON SCHEMA public FROM wissen_gateway;
