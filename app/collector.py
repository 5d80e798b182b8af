"""What a process holds from its start to its end is not looked through again and again.

Python looks for circles of objects that nobody needs, now and then through all there are; among
what the libraries make when they are imported it finds none, and whoever waits for a page then
waits for a tenth of a second more.
"""

import gc


def pass_over_what_is_here() -> None:
    """Let the collector look only at what is made from now on."""
    gc.freeze()
