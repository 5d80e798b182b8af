import pytest

from app.settings import SettingsWrong, load


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in list(__import__("os").environ):
        if name.startswith("BARAZA_"):
            monkeypatch.delenv(name)


def problems(**overrides):
    with pytest.raises(SettingsWrong) as wrong:
        load(**overrides)
    return wrong.value.problems


def test_nothing_set_means_one_machine_with_the_simulator(tmp_path):
    settings = load()
    assert settings.with_simulator
    assert settings.database.startswith("sqlite:///")
    assert settings.public == "http://localhost:8080"


def test_a_provider_takes_the_simulators_place(monkeypatch):
    monkeypatch.setenv("BARAZA_TELEGRAM_TOKEN", "1:a")
    assert not load().with_simulator
    monkeypatch.setenv("BARAZA_SIMULATOR", "true")
    assert load().with_simulator


def test_all_that_is_wrong_is_named_at_once(monkeypatch):
    monkeypatch.setenv("BARAZA_PORT", "eighty")
    monkeypatch.setenv("BARAZA_TIMEZONE", "Mars/Olympus")
    monkeypatch.setenv("BARAZA_TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("BARAZA_TWILO_FROM", "+15005550006")
    named = "\n".join(problems())
    assert "BARAZA_PORT" in named
    assert "BARAZA_TIMEZONE is no time zone" in named
    assert "BARAZA_TWILIO_AUTH_TOKEN is missing" in named
    assert "BARAZA_TWILIO_FROM or BARAZA_TWILIO_MESSAGING_SERVICE_SID is missing" in named
    assert "did you mean BARAZA_TWILIO_FROM?" in named


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://here/there", "must start with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "nonsense", "cannot be read"),
        ("DEFAULT_LANGUAGE", "xx", "no language of ours"),
        ("DEFAULT_REGION", "ZZ", "no country"),
        ("PUBLIC_URL", "example.org", "no web address"),
        ("TELEGRAM_WEBHOOK_SECRET", "with space", "letters, digits"),
        ("LOG_FORMAT", "xml", "BARAZA_LOG_FORMAT"),
    ],
)
def test_each_wrong_value_has_a_plain_sentence(monkeypatch, name, value, said):
    monkeypatch.setenv(f"BARAZA_{name}", value)
    assert said in "\n".join(problems())


def test_a_dot_env_file_is_read(tmp_path):
    (tmp_path / ".env").write_text("BARAZA_PORT=9090\nBARAZA_DEFAULT_REGION=ug\n")
    settings = load()
    assert (settings.port, settings.default_region) == (9090, "UG")


def test_no_secret_is_ever_printed(monkeypatch):
    monkeypatch.setenv("BARAZA_TELEGRAM_TOKEN", "123:very-secret")
    assert "very-secret" not in repr(load())


def test_a_wrong_secret_is_not_quoted_in_the_problem(monkeypatch):
    monkeypatch.setenv("BARAZA_TELEGRAM_WEBHOOK_SECRET", "my secret")
    assert "my secret" not in "\n".join(problems())


def test_a_telegram_webhook_needs_https(monkeypatch):
    monkeypatch.setenv("BARAZA_TELEGRAM_TOKEN", "1:a")
    monkeypatch.setenv("BARAZA_TELEGRAM_WEBHOOK_SECRET", "quiet")
    assert "https://" in "\n".join(problems())
    monkeypatch.setenv("BARAZA_PUBLIC_URL", "https://baraza.example.org")
    assert load().with_telegram
