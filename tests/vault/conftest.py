"""How hypothesis runs here."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure: no limit on the time that one example may take.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
