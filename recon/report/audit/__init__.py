"""The compliance audit: what each night knew about opt-outs, kept in a chained ledger, and told to whoever asks."""
