"""Each kind of mail in both languages, letter by letter, from fixed data."""

from __future__ import annotations

import pytest

from notifications import confirmation_samples, notice_samples
from tests.notifications import golden
from tests.notifications.reading import made

SAMPLES = {**confirmation_samples.SAMPLES, **notice_samples.SAMPLES}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", SAMPLES)
def test_mail_is_as_it_was_found_good(
    kind: str, language: str, pytestconfig: pytest.Config
) -> None:
    files = golden.files_of(f"{kind}.{language}", made(SAMPLES[kind](language)))
    golden.check(files, renew=pytestconfig.getoption("--renew-golden"))


def test_no_golden_file_is_left_over() -> None:
    kinds = {path.name.split(".")[0] for path in golden.FOLDER.iterdir()}
    assert kinds == SAMPLES.keys()
