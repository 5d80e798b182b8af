"""How words travel: one adapter a provider, the inbox, the send ledger."""
