"""The refusal of a mail server is about the address, the mail, or us."""

from pathlib import Path

import pytest

from outbox.answers import Fault, Step, fault_of, is_final

DATA = Path(__file__).parents[1] / "data/answers_of_mail_servers.txt"
ANSWERS = [
    tuple(line.split("\t"))
    for line in DATA.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
STEPS = {"MAIL": Step.SENDER, "RCPT": Step.RECIPIENT, "DATA": Step.OTHER}


@pytest.mark.parametrize(("step", "answer", "fault"), ANSWERS)
def test_a_refusal_is_about_the_address_the_mail_or_us(step: str, answer: str, fault: str) -> None:
    code, _, text = answer.partition(" ")
    assert is_final(int(code))
    assert fault_of(int(code), text, STEPS[step]) == fault


@pytest.mark.parametrize(("code", "final"), [(421, False), (499, False), (500, True), (530, False)])
def test_only_a_refusal_of_a_mail_is_final(code: int, final: bool) -> None:
    assert is_final(code) is final


def test_there_is_an_answer_for_each_fault() -> None:
    assert {fault for *_, fault in ANSWERS} == set(Fault)
