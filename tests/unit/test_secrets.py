"""Secrets are hidden wherever they stand, and nothing else is."""

from __future__ import annotations

import pytest

from runner.secrets import mask, mask_all

ENVIRONMENT = {
    "PGPASSWORD": "s3cr3t!",
    "RUNNER_PAGERDUTY_KEY": "R0UT1NG",
    "DBT_ENV_SECRET_X": "hidden by dbt",
    "SHORT_TOKEN": "true",
    "PWD": "/home/attribution",
    "PGUSER": "attribution",
}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("login with s3cr3t! refused", "login with *** refused"),
        ("in a URL it is s3cr3t%21", "in a URL it is ***"),
        ("R0UT1NG, hidden by dbt", "***, ***"),
        ("postgres://u:pw@h:5432/db is down", "postgres://u:***@h:5432/db is down"),
        ("postgres://u:p@s/w@h/db", "postgres://u:***@h/db"),
        ("host=h password=pw user=u", "host=h password=*** user=u"),
        (r"password='it\'s two' user=u", "password=*** user=u"),
        ("PGPASSWORD=pw psql", "PGPASSWORD=*** psql"),
        ("postgresql:///db?password=pw&user=u", "postgresql:///db?password=***&user=u"),
        ('{"password": "a b", "user": "u"}', '{"password": "***", "user": "u"}'),
        ("alter role u password 'it''s' login", "alter role u password '***' login"),
        ("ALTER ROLE u ENCRYPTED PASSWORD E'a\\'b'", "ALTER ROLE u ENCRYPTED PASSWORD '***'"),
        ("alter role u password $x$it's$x$ login", "alter role u password '***' login"),
        ("alter role u password 'cut off he", "alter role u password '***'"),
        ("RUNNER_WEBHOOK=https://h/x", "RUNNER_WEBHOOK=***"),
        ("https://hooks.slack.com/services/T/B/x failed", "https://hooks.slack.com/*** failed"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer ***"),
    ],
)
def test_a_secret_is_hidden(text: str, masked: str) -> None:
    assert mask(text, ENVIRONMENT) == masked


@pytest.mark.parametrize(
    "text",
    [
        'password authentication failed for user "u"',
        "fe_sendauth: no password supplied",
        "https://shop.test:8080/basket, true, /home/attribution",
        "max_users_per_anonymous_id: 5; app_tracks: 3 rows",
        "RUNNER_PAGERDUTY_KEY is not set",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text, ENVIRONMENT) == text


def test_secrets_are_hidden_in_all_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cr3t!")
    value = {
        "error": "no s3cr3t!",
        "steps": [{"error": "password=pw"}, 3, None],
        "password": "anything",
        "dedup_key": "run/models",
    }
    assert mask_all(value) == {
        "error": "no ***",
        "steps": [{"error": "password=***"}, 3, None],
        "password": "***",
        "dedup_key": "run/models",
    }


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    """Patterns that go back and forth would take minutes here."""
    assert mask("a.b-" * 50_000, ENVIRONMENT) == "a.b-" * 50_000
