"""The account that every benchmark has with its stub of a provider."""

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "bench-token", "+15005550006"
TELEGRAM = "110201543:bench"

#: Where the providers believe to reach us, however many processes that is.
PUBLIC = "https://baraza.example"
