"""Every sealed column, and whose key opens it. A test compares this with the tables."""

#: ``table.column`` -> the key. What is in no such column may be read by whoever has the database.
SEALED = {
    "actions.evidence": "the case's key pair",
    "actions.owner": "the case's key pair",
    "actions.reason": "the case's key pair",
    "actions.what": "the case's key pair",
    "attachments.content": "the case's or voice's key pair",
    "attachments.raw": "SENDER, who cleans it; erased when what it made of it was read back",
    "attachments.reference": "SENDER, who fetches by it; erased when the provider forgot the file",
    "dialogues.sealed": "the dialogue key",
    "entries.sealed": "the case's key pair",
    "import_rows.sealed": "ROUTE; erased when the file was put on the list, or after 7 days",
    "inbox.held": "SENDER; erased when its turn was taken",
    "key_shares.sealed": "the member's key pair, or RECOVERY",
    "members.recovery_copy": "RECOVERY",
    "members.wrapped": "the member's password",
    "outbox.body": "SENDER; erased when it arrived, and 72 h after it failed",
    "referrals.note": "the case's key pair",
    "referrals.place": "the case's key pair",
    "routes.sealed": "ROUTE",
    "sessions.sealed": "the session id, which only the browser has",
    "simulator_messages.sealed": "the dialogue key",
    "survey_words.sealed": "the survey's key pair",
    "unread.sealed": "SENDER; erased when read",
    "voice_translations.sealed": "the voice's key pair",
    "voices.sealed": "the voice's key pair",
}
