"""Every fact of the contracts stands a second time beside the tests, so that none changes unseen."""

from __future__ import annotations

import pytest

from tests.facts import file_of, lines, names


@pytest.mark.parametrize("name", names())
def test_no_fact_has_changed_unseen(name: str) -> None:
    kept, now = file_of(name).read_text(encoding="utf-8").splitlines(), lines(name)
    gone = [f"- {each}" for each in kept if each not in set(now)]
    come = [f"+ {each}" for each in now if each not in set(kept)]
    changed = "\n".join(gone + come)
    assert not changed, f"facts of {name} changed; if that is meant, run `make facts`:\n{changed}"
    assert kept == now, f"the facts of {name} stand in another order; if that is meant, run `make facts`"


@pytest.mark.parametrize("name", names())
def test_every_fact_stands_once(name: str) -> None:
    facts = lines(name)
    assert len(facts) == len(set(facts)) > 20
