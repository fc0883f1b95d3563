from __future__ import annotations

from tests.mutants.changes import mutants_of

SOURCE = """
def put(flags: int | None, count: int) -> bool:
    if count > 3 and not flags:
        fsync(count)
    with opened() as file:
        file.write(CREATE | EXCLUSIVE)
    return True
"""


def test_mutants_differ_from_the_module_in_one_place() -> None:
    mutants = list(mutants_of(SOURCE))
    assert [(mutant.line, mutant.what.partition(":")[0]) for mutant in mutants] == [
        (3, "never"),
        (3, "and for or"),
        (3, "the contrary"),
        (3, "beside the limit"),
        (3, "without not"),
        (3, "one more"),
        (4, "without"),
        (5, "without the context"),
        (6, "without"),
        (6, "left side alone"),
        (6, "right side alone"),
        (7, "the contrary"),
    ]
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    assert all("int | None" in mutant.source for mutant in mutants)
    assert "count >= 3" in mutants[3].source
    assert "fsync" not in mutants[6].source
    assert "file = opened()" in mutants[7].source
