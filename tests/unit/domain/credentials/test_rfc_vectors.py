"""RFC 4226 appendix D and RFC 6238 appendix B, through sign-in and registration (S1)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from keyfob.domain.credentials import hardware_token
from keyfob.domain.credentials.errors import CodeAlreadyUsed, WrongCode
from keyfob.domain.credentials.otp import Codes
from keyfob.domain.inventory.token import Algorithm, TokenType
from tests.support.otp import (
    POLICY,
    SEALED,
    a_hardware_token,
    an_event_based_token,
    an_inventory_token,
    at,
)

DIGITS = b"1234567890" * 7
SEEDS = {
    Algorithm.SHA1: DIGITS[:20],
    Algorithm.SHA256: DIGITS[:32],
    Algorithm.SHA512: DIGITS[:64],
}
# RFC 4226, appendix D: the truncated values; their last digits are the codes.
COUNTS = [
    1_284_755_224,
    1_094_287_082,
    137_359_152,
    1_726_969_429,
    1_640_338_314,
    868_254_676,
    1_918_287_922,
    82_162_583,
    673_399_871,
    645_520_489,
]
# RFC 6238, appendix B: seconds since 1970, and the codes with SHA-1, SHA-256, SHA-512.
TIMES = [
    (59, "94287082", "46119246", "90693936"),
    (1_111_111_109, "07081804", "68084774", "25091201"),
    (1_111_111_111, "14050471", "67062674", "99943326"),
    (1_234_567_890, "89005924", "91819424", "93441116"),
    (2_000_000_000, "69279037", "90698825", "38618901"),
    (20_000_000_000, "65353130", "77737706", "47863826"),
]
AT_TIMES = [
    (seconds, algorithm, code)
    for seconds, *codes in TIMES
    for algorithm, code in zip(SEEDS, codes, strict=True)
]


def counted(count: int, digits: int) -> str:
    return str(COUNTS[count])[-digits:]


@pytest.mark.parametrize("digits", [6, 8])
def test_rfc_4226_every_count_signs_in_once_and_in_order_S1_S2(digits: int) -> None:
    token = an_event_based_token(digits=digits, last=-1)
    codes = token.opened(SEEDS[Algorithm.SHA1])
    for count in range(10):
        code = counted(count, digits)
        token = hardware_token.accept(token, codes, code, at(0), POLICY)
        assert token.last == count
        with pytest.raises(CodeAlreadyUsed):
            hardware_token.accept(token, codes, code, at(0), POLICY)


@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize(("first", "second"), list(pairwise(range(10))))
def test_rfc_4226_every_two_counts_in_a_row_register_a_token_S1(
    first: int, second: int, digits: int
) -> None:
    token = an_inventory_token(
        type=TokenType.HOTP,
        period=None,
        counter=0,
        digits=digits,
        secret=SEEDS[Algorithm.SHA1],
    )
    pair = counted(first, digits), counted(second, digits)
    found = hardware_token.register(token, SEALED, pair, at(0), POLICY)
    assert found.last == second


@pytest.mark.parametrize(("seconds", "algorithm", "code"), AT_TIMES)
def test_rfc_6238_the_code_signs_in_at_its_time_and_once_S1_S2(
    seconds: int, algorithm: Algorithm, code: str
) -> None:
    token = a_hardware_token(algorithm=algorithm, last=0)
    codes = token.opened(SEEDS[algorithm])
    used = hardware_token.accept(token, codes, code, at(seconds), POLICY)
    assert (used.last, used.drift) == (seconds // 30, 0)
    with pytest.raises(CodeAlreadyUsed):
        hardware_token.accept(used, codes, code, at(seconds), POLICY)


@pytest.mark.parametrize(("seconds", "algorithm", "code"), AT_TIMES)
def test_rfc_6238_the_code_is_nothing_with_another_algorithm_or_seed_S1(
    seconds: int, algorithm: Algorithm, code: str
) -> None:
    for other in set(Algorithm) - {algorithm}:
        token = a_hardware_token(algorithm=other, last=0)
        for seed in (SEEDS[algorithm], SEEDS[other]):
            with pytest.raises(WrongCode):
                hardware_token.accept(token, token.opened(seed), code, at(seconds), POLICY)


@pytest.mark.parametrize(("seconds", "algorithm", "code"), AT_TIMES)
def test_rfc_6238_the_code_and_the_next_register_a_token_S1(
    seconds: int, algorithm: Algorithm, code: str
) -> None:
    token = an_inventory_token(algorithm=algorithm, secret=SEEDS[algorithm])
    following = Codes(token).at(seconds // 30 + 1)
    found = hardware_token.register(token, SEALED, (code, following), at(seconds), POLICY)
    assert (found.last, found.drift) == (seconds // 30 + 1, 1)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_rfc_6238_two_times_of_the_table_are_consecutive_and_register_a_token_S1(
    algorithm: Algorithm,
) -> None:
    first, second = (
        code
        for seconds, of, code in AT_TIMES
        if of is algorithm and seconds in {1_111_111_109, 1_111_111_111}
    )
    token = an_inventory_token(algorithm=algorithm, secret=SEEDS[algorithm])
    now = at(1_111_111_111)
    found = hardware_token.register(token, SEALED, (first, second), now, POLICY)
    assert (found.last, found.drift) == (37_037_037, 0)
    with pytest.raises(CodeAlreadyUsed):
        hardware_token.accept(found, found.opened(SEEDS[algorithm]), first, now, POLICY)


def test_rfc_6238_a_leading_zero_is_part_of_the_code_S1() -> None:
    token = a_hardware_token(last=0)
    codes = token.opened(SEEDS[Algorithm.SHA1])
    with pytest.raises(WrongCode):
        hardware_token.accept(token, codes, "7081804", at(1_111_111_109), POLICY)
