"""True north on a projected map."""

from __future__ import annotations

import pytest
from pyproj import Proj, Transformer

from gridpart.geo import north_at


def test_north_is_up_on_the_central_meridian_and_turns_beside_it() -> None:
    assert north_at("EPSG:4547", 500_000, 3_400_000) == pytest.approx(0, abs=1e-6)
    x, y = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(115.4, 31.0)
    # east of the central meridian the meridians lean left of up
    assert north_at("EPSG:4547", x, y) == pytest.approx(
        -Proj("EPSG:4547").get_factors(115.4, 31.0).meridian_convergence, abs=1e-3
    )
    assert north_at("EPSG:4547", x, y) < 0
