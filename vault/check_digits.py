"""Check digits: every single slip and every swap of two neighbours is caught.

Decimal: H. M. Damm's totally anti-symmetric quasigroup of order 10 (dissertation, Marburg 2004).
Base 32: the same idea over GF(32), where doubling is enough; it catches the swap of any two
values less than 31 apart.
"""

from collections.abc import Iterable

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

#: x⁵ + x² + 1, irreducible over GF(2).
_POLYNOMIAL = 0b100101


def decimal(digits: str) -> str:
    """Return the digit that belongs behind *digits*; "0" when the last of them already is it."""
    check = 0
    for digit in digits:
        check = _DAMM[check][int(digit)]
    return str(check)


def base32(values: Iterable[int]) -> int:
    """Return the value (0 to 31) that belongs behind *values*; 0 when the last already is it."""
    check = 0
    for value in values:
        doubled = (check ^ value) << 1
        check = doubled ^ _POLYNOMIAL if doubled & 32 else doubled
    return check
