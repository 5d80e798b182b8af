"""How long a soak is."""


def pytest_addoption(parser):
    parser.addoption("--runs", type=int, default=50, help="how often the process is killed")
