"""The forge of hostile datasets: what it leaves unchanged is a dataset without fault."""

import pytest
from hostile_datasets import first_record, forge
from small_datasets import IN_PROCESS, KEEPING, contents

from degradekit.dataset import Pairs, verify


@pytest.mark.parametrize("format", KEEPING)
def test_a_forged_dataset_without_edits_has_no_fault(format, small_pairs, tmp_path):
    target = forge(small_pairs, tmp_path / "forged", format)
    assert verify(target, sample=1, engine=IN_PROCESS).problems == ()


def test_edited_rows_fit_all_hashes(small_pairs, tmp_path):
    def rename(rows):
        for row in rows:
            row["key"] = row["key"].upper()

    target = forge(small_pairs, tmp_path / "forged", rows=rename)
    assert {pair.key for pair in Pairs(target)} == {"PHOTOS/PICTURE-0.PNG"}
    assert {file for file in contents(target) if file.startswith("meta/")} == {
        file for file in contents(small_pairs) if file.startswith("meta/")
    }


@pytest.mark.parametrize("format", KEEPING)
def test_an_edited_record_is_all_that_verify_has_to_say(format, small_pairs, tmp_path):
    edit = first_record(lambda record: record["steps"].clear())
    target = forge(small_pairs, tmp_path / "forged", format, rows=edit)
    problems = verify(target, sample=1, engine=IN_PROCESS).problems
    assert len(problems) == 2, problems
    assert all("variant 0: the LR is" in problem for problem in problems)
