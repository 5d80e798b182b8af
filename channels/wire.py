"""What comes off a wire becomes words: no byte of it can break what is done with them later."""


def words(text: str) -> str:
    """Return *text* without null bytes and without halves of characters; else as written.

    PostgreSQL takes no null byte, and nothing can be encoded that holds half a surrogate pair.
    """
    if text.isascii():
        return text.replace("\0", "")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")
