"""No password gets through, and what is none stays as it was."""

from __future__ import annotations

import json

import pytest

from runner.masking import known_secrets, masked

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
    environment = {"PGPASSWORD": "correct horse", "DBT_ENV_SECRET_X": "battery", "PGUSER": "ann"}
    found = known_secrets(environment)
    assert found == {"correct horse", "battery"}
    assert masked("ann said correct horse, and battery", found) == "ann said ***, and ***"
    assert known_secrets({"PGPASSWORD": "x"}) == set()


@pytest.mark.parametrize("size", [200_000])
def test_a_long_query_takes_no_time(size: int) -> None:
    for text in ("password " * (size // 9), "password='" + "x'" * (size // 2), "://" * (size // 3)):
        masked(text, ())
