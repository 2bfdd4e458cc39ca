-- What was read back as opted out.
SELECT external_id, field FROM consent_back WHERE state = 'unsubscribed';
