import pytest
from pydantic import ValidationError

WELL = {"smtp_url": "smtp://mail.example.org", "mail_from": "baraza@example.org"}


def problems(settings):
    return "\n".join(settings.problems_between())


def test_without_a_server_nothing_is_mailed(settings):
    assert not settings().with_mail
    assert problems(settings()) == ""


def test_a_server_and_a_sender_are_enough(settings):
    assert settings(**WELL).with_mail
    assert problems(settings(**WELL)) == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("smtp_url", "http://mail.example.org", "is no mail server"),
        ("smtp_url", "mail.example.org", "is no mail server"),
        ("smtp_url", "smtp://", "is no mail server"),
        ("smtp_url", "smtp://mail.example.org:0", "is no mail server"),
        ("smtp_url", "smtp://mail.example.org:99999", "has no port"),
        ("smtp_url", "smtp://baraza:geheim@mail.example.org", "holds an account"),
        ("mail_from", "Baraza <baraza@example.org>", "is no e-mail address"),
        ("mail_from", "baraza", "is no e-mail address"),
        ("mail_from", "a@b@c", "is no e-mail address"),
        ("mail_from", "a@b.org\nBcc: c@d.org", "is no e-mail address"),
    ],
)
def test_each_wrong_value_has_a_plain_sentence(settings, name, value, said):
    with pytest.raises(ValidationError) as wrong:
        settings(**{**WELL, name: value})
    (error,) = wrong.value.errors()
    assert said in error["msg"]
    assert "geheim" not in error["msg"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mail_from": ""}, "MAIL_FROM is missing"),
        ({"smtp_user": "baraza"}, "SMTP_USER and its password go together"),
        ({"smtp_password": "geheim"}, "SMTP_USER and its password go together"),
        ({"smtp_password_file": "/nowhere/at/all"}, "SMTP_PASSWORD_FILE is no file"),
        (
            {"smtp_user": "b", "smtp_password": "geheim", "smtp_password_file": __file__},
            "leave one of them out",
        ),
    ],
)
def test_what_does_not_go_together_is_named(settings, more, said):
    found = problems(settings(**{**WELL, **more}))
    assert said in found
    assert "geheim" not in found


def test_a_password_may_lie_in_a_file(settings, tmp_path):
    (tmp_path / "password").write_text("river\n")
    kept = {"smtp_user": "baraza", "smtp_password_file": tmp_path / "password"}
    assert problems(settings(**WELL, **kept)) == ""
