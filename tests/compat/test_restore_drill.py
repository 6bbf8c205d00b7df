"""The short form of the restore drill: a backup under load is restored elsewhere and compared record by record."""

import pytest

import restore_drill

pytestmark = pytest.mark.weir_only


@pytest.mark.parametrize("store", [None, "folder"])
def test_a_backup_under_load_has_what_was_acknowledged_and_damage_is_found(store, tmp_path):
    flags = ["--seconds", "1.5", "--rate", "400", *(["--store", store] if store else [])]
    figures = restore_drill.run(tmp_path, restore_drill.arguments(flags))
    print(figures)
    assert figures["acknowledged before"] > 500 and len(figures["planted, and found"]) == 3
    assert figures["records compared"] >= figures["acknowledged before"]
