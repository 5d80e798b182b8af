"""Every module has its test, and every test has its module."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
ROOMS = (
    "app",
    "bots",
    "channels",
    "console",
    "forum",
    "grievances",
    "locales",
    "outreach",
    "storage",
    "vault",
)

#: Modules without a test of their own, each with its reason.
UNTESTED: dict[str, str] = {
    "channels/base.py": "declares; tests/channels/test_contract.py holds every channel to it",
    "channels/errors.py": "declares; tests/channels/test_contract.py sees each raised",
}

#: Tests that are about no single module, each with its reason.
WITHOUT_MODULE: dict[str, str] = {
    "channels/test_contract.py": "one suite over every channel of the registry",
    "grievances/test_state_machine.py": "all that moves a case, held to the table and its guards",
}

MODULES = sorted(
    module.relative_to(ROOT)
    for room in ROOMS
    for module in (ROOT / room).rglob("*.py")
    if module.name != "__init__.py" and "migrations" not in module.parts
)
MIRRORS = sorted(
    test.relative_to(TESTS) for room in ROOMS for test in (TESTS / room).rglob("test_*.py")
)


@pytest.mark.parametrize("module", [m for m in MODULES if str(m) not in UNTESTED], ids=str)
def test_a_module_has_its_test(module):
    assert (TESTS / module.with_name(f"test_{module.name}")).exists()


@pytest.mark.parametrize("test", [t for t in MIRRORS if str(t) not in WITHOUT_MODULE], ids=str)
def test_a_test_has_its_module(test):
    assert (ROOT / test.with_name(test.name.removeprefix("test_"))).exists()


@pytest.mark.parametrize("name", [*UNTESTED, *WITHOUT_MODULE])
def test_an_exemption_is_still_needed(name):
    assert Path(name) in {*MODULES, *MIRRORS}
    assert not (TESTS / Path(name).with_name(f"test_{Path(name).name}")).exists()
