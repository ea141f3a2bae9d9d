"""What may be shipped and what stops a build."""

import pytest

from installers.package import licences


@pytest.mark.parametrize(
    "terms",
    [
        "MIT",
        "LGPL-3.0-only",
        "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
        "Apache-2.0 OR GPL-3.0",
        "GPL-3.0 WITH GCC-exception-3.1",
        "GNU Lesser General Public License v2 or later (LGPLv2+)",
    ],
)
def test_terms_that_leave_ours_alone_pass(terms: str) -> None:
    licences.refuse_gpl("package", terms)


@pytest.mark.parametrize(
    "terms", ["GPL-3.0-only", "GPL-2.0 OR GPL-3.0", "GNU General Public License v3 (GPLv3)"]
)
def test_gpl_alone_stops_the_build(terms: str) -> None:
    with pytest.raises(licences.LicenceRefused, match="只按"):
        licences.refuse_gpl("package", terms)


def test_unknown_terms_stop_the_build() -> None:
    with pytest.raises(licences.LicenceRefused, match="没有注明许可"):
        licences.refuse_gpl("package", "")


@pytest.mark.parametrize("name", ["libreadline.so.8", "libgdbm.so.6", "libzz.so.1"])
def test_a_library_nobody_looked_up_stops_the_build(name: str) -> None:
    with pytest.raises(licences.LicenceRefused, match="不知道"):
        licences._library(name)


def test_a_library_is_found_by_its_name() -> None:
    assert licences._library("libz.so.1") == "Zlib"
    assert licences._library("libzstd.so.1").startswith("BSD-3-Clause")
    assert licences._library("libxcb-render.so.0") == "MIT (X11)"
