"""A store that answers 503 for a while: producers wait, memory does not grow, nothing is lost."""

import brownout
import pytest

pytestmark = pytest.mark.weir_only


def test_a_store_that_is_ill_is_waited_out(tmp_path):
    found = brownout.run(tmp_path, "moto", seconds=15, producers=4, rate=50)
    print(brownout.shown(found))
    assert found.refused > 0 and found.unheard > 0
    assert found.recovery <= brownout.RECOVERY_MAX
    assert found.growth_mib() <= brownout.GROWTH_MAX_MIB
