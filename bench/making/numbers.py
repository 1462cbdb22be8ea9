"""Numbers that the rules of their kind accept: their check characters are right, and nobody bears them."""

from __future__ import annotations

from random import Random

from stdnum import iso6346

_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
_PHONES = ("130", "131", "132", "133", "136", "137", "147", "153", "166", "173", "175", "178", "181", "191", "193")
_PROVINCES = "浙苏鲁冀鄂湘赣皖闽陕辽黑"


def digits(random: Random, count: int) -> str:
    """A run of digits of which the first is no zero."""
    return str(random.randrange(10 ** (count - 1), 10**count))


def credit_code(random: Random, division: str) -> str:
    """A unified social credit code of a firm of this division (GB 32100-2015, GB 11714)."""
    body = random.choice(("MA", "MB", "MAC", "MAD", "MAE"))
    body += "".join(random.choice(_CODE) for _ in range(8 - len(body)))
    total = sum(int(c, 36) * weight for c, weight in zip(body, _ORGANISATION, strict=True))
    check = "0123456789X0"[(11 - total % 11) % 11]
    head = f"91{division}{body}{check}"
    return head + _CODE[-sum(_CODE.index(c) * 3**place for place, c in enumerate(head)) % 31]


def wrong_check(random: Random, code: str) -> str:
    """The code with another last character than its rule asks for."""
    return code[:-1] + random.choice([c for c in _CODE if c != code[-1]])


def mobile(random: Random) -> str:
    """A mobile phone of China, eleven digits."""
    return f"{random.choice(_PHONES)}{random.randrange(10**8):08d}"


def container(random: Random, owner: str) -> str:
    """A container number of an owner's four letters (ISO 6346)."""
    body = f"{owner}{random.randrange(10**6):06d}"
    return body + str(iso6346.calc_check_digit(body))


def design_patent(random: Random, year: int) -> str:
    """The number of a design patent applied for in this year."""
    body = f"{year}3{random.randrange(10**7):07d}"
    total = sum(int(c) * (place % 8 + 2) for place, c in enumerate(body))
    return f"ZL{body}.{'0123456789X'[total % 11]}"


def epc(random: Random, prefix: str, item: str) -> str:
    """The pure identity of a serial number of these goods (GS1 SGTIN)."""
    return f"urn:epc:id:sgtin:{prefix}.{item}.{digits(random, 9)}"


def plate(random: Random) -> str:
    """The number plate of a lorry."""
    return f"{random.choice(_PROVINCES)}{random.choice('ABCDEF')}{random.randrange(10**5):05d}"
