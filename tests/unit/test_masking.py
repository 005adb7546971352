"""No password gets through, and what is none stays as it was."""

from __future__ import annotations

import json

import pytest

from runner.masking import known_secrets, masked, masked_all

SECRET = "hunter2"
HIDDEN = [
    "alter role ann password 'hunter2'",
    "ALTER USER ann WITH ENCRYPTED PASSWORD 'hunter2' valid until 'infinity'",
    "create role ann login password E'it\\'s hunter2'",
    "create role ann login password 'it''s hunter2'",
    "create role ann login password U&'hunter2\\0041'",
    "create role ann login password $$hunter2$$ superuser",
    "create role ann password $x$a $$ hunter2$x$",
    "create role ann password /* why */ -- and\n 'hunter2'",
    "create role ann password 'hunter2",
    "create user mapping for ann server s options (user 'ann', password 'hunter2')",
    "alter user mapping for ann server s options (set password 'hunter2')",
    "select * from dblink('host=h user=u password=hunter2 dbname=d', 'select 1') as t (a int)",
    "select dblink_connect('host=h password=''my hunter2'' user=u')",
    "select dblink_connect('host=h password = hunter2')",
    "select dblink_connect('host=h password=a\\''hunter2')",
    "create subscription s connection 'host=h sslpassword=hunter2' publication p",
    "select dblink('postgresql://ann:hunter2@h:5432/d?sslmode=require', 'select 1')",
    "select dblink('postgresql://ann:p@hunter2@h/d', 'select 1')",
    "select dblink('postgresql://h/d?user=ann&password=hunter2&sslmode=require', 'select 1')",
    "select dblink('postgresql://ann:hunter2",
    "select set_config('app.password', 'hunter2', false)",
    "set app.password = 'hunter2'",
    'select \'{"user": "ann", "password": "hunter2"}\'::jsonb',
    "select aws_s3.import(aws_secret_access_key => 'hunter2')",
    "profile: line 5: password: hunter2",
    'profile: line 5: password: "my hunter2"',
    'invalid connection option "x": host=h pwd=hunter2',
]
SAME = [
    "select 1",
    "select password from people where password is not null",
    "select password::text, passwords from people",
    "FATAL: password authentication failed for user 'ann'",
    "fe_sendauth: no password supplied",
    "create role ann login password null",
    "alter server s options (password_required 'false')",
    "select 'https://shop.test:8080/a?b=c'",
    "https://shop.test:8080",
    "select url from segment.pages where url like 'https://%@%'",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_password_is_hidden(text: str) -> None:
    assert SECRET not in masked(text, ())
    assert "***" in masked(text, ())
    assert masked(masked(text, ()), ()) == masked(text, ())


@pytest.mark.parametrize("text", SAME)
def test_what_is_no_password_stays(text: str) -> None:
    assert masked(text, ()) == text


def test_only_the_password_goes() -> None:
    assert masked("alter role ann password 'x' valid until '2027-01-01'", ()) == (
        "alter role ann password '***' valid until '2027-01-01'"
    )
    assert masked("select dblink('host=h password=x user=u', 'select 1')", ()) == (
        "select dblink('host=h password=*** user=u', 'select 1')"
    )
    kept = json.loads(masked('{"password": "x", "user": "ann"}', ()))
    assert kept == {"password": "***", "user": "ann"}


def test_those_of_the_environment_are_hidden_wherever_they_stand() -> None:
    environment = {"PGPASSWORD": "correct horse", "DBT_ENV_SECRET_X": "staple", "PGUSER": "ann"}
    found = known_secrets(environment)
    assert found == {"correct horse", "correct%20horse"}
    assert masked("ann said correct horse, or correct%20horse", found) == "ann said ***, or ***"
    assert known_secrets({"PGPASSWORD": "x"}) == set()


@pytest.mark.parametrize("size", [200_000])
def test_a_long_query_takes_no_time(size: int) -> None:
    for text in ("password " * (size // 9), "password='" + "x'" * (size // 2), "://" * (size // 3)):
        masked(text, ())


ENVIRONMENT = {
    "PGPASSWORD": "s3cr3t!",
    "RUNNER_PAGERDUTY_KEY": "R0UT1NG",
    "DBT_ENV_SECRET_X": "hidden by dbt",
    "SHORT_TOKEN": "true",
    "PWD": "/home/attribution",
    "PGUSER": "attribution",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login with s3cr3t! refused", "login with *** refused"),
        ("in a URL it is s3cr3t%21", "in a URL it is ***"),
        ("R0UT1NG, hidden by dbt", "***, ***"),
        ("postgres://u:pw@h:5432/db is down", "postgres://u:***@h:5432/db is down"),
        ("postgres://u:p@s/w@h/db", "postgres://u:***@h/db"),
        ("host=h password=pw user=u", "host=h password=*** user=u"),
        (r"password='it\'s two' user=u", "password='***' user=u"),
        ("PGPASSWORD=pw psql", "PGPASSWORD=*** psql"),
        ("postgresql:///db?password=pw&user=u", "postgresql:///db?password=***&user=u"),
        ('{"password": "a b", "user": "u"}', '{"password": "***", "user": "u"}'),
        ("alter role u password 'it''s' login", "alter role u password '***' login"),
        ("ALTER ROLE u ENCRYPTED PASSWORD E'a\\'b'", "ALTER ROLE u ENCRYPTED PASSWORD ***"),
        ("alter role u password $x$it's$x$ login", "alter role u password *** login"),
        ("alter role u password 'cut off he", "alter role u password '***'"),
        ("RUNNER_WEBHOOK=https://h/x", "RUNNER_WEBHOOK=***"),
        ("https://hooks.slack.com/services/T/B/x failed", "https://hooks.slack.com/*** failed"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer ***"),
    ],
)
def test_a_secret_is_hidden(text: str, expected: str) -> None:
    assert masked(text, known_secrets(ENVIRONMENT)) == expected


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
    assert masked(text, known_secrets(ENVIRONMENT)) == text


def test_secrets_are_hidden_in_all_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cr3t!")
    value = {
        "error": "no s3cr3t!",
        "steps": [{"error": "password=pw"}, 3, None],
        "password": "anything",
        "dedup_key": "run/models",
    }
    assert masked_all(value) == {
        "error": "no ***",
        "steps": [{"error": "password=***"}, 3, None],
        "password": "***",
        "dedup_key": "run/models",
    }


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    """Patterns that go back and forth would take minutes here."""
    assert masked("a.b-" * 50_000) == "a.b-" * 50_000
