"""Keys: where they are found, and that they show themselves nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path

import pytest

from marketimpact import errors
from marketimpact.sources.options import hosts_of, read_config
from marketimpact.sources.secrets import Secret, hide_in_logs, secret

TEXT = "never-shown-1234"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    monkeypatch.setenv("MARKETIMPACT_CONFIG", str(path))
    monkeypatch.delenv("MARKETIMPACT_KEY_MY_BANK", raising=False)
    return path


def test_a_key_does_not_show_itself() -> None:
    key = Secret(TEXT)
    said = [str(key), repr(key), f"{key}", f"{key!r:>30}", f"{[key]}", "%s" % key, f"{ {'a': key} }"]  # noqa: UP031
    assert TEXT not in "".join(said)
    assert key.reveal() == TEXT


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_a_key_is_not_written_anywhere(write: object) -> None:
    with pytest.raises(TypeError, match=r"a key is not written anywhere|not JSON serializable") as caught:
        write(Secret(TEXT))  # type: ignore[operator]
    assert TEXT not in str(caught.value)


def test_a_key_is_in_the_environment_or_in_the_users_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(f'[keys]\nmy-bank = "{TEXT}"\n')
    assert secret("my-bank").reveal() == TEXT
    monkeypatch.setenv("MARKETIMPACT_KEY_MY_BANK", "other")
    assert secret("my-bank").reveal() == "other"


def test_a_source_without_its_key_says_where_it_belongs(config: Path) -> None:
    config.write_text(f'[keys]\nother = "{TEXT}"\nmy-bank = 5\n')
    words = r"my-bank: has no key; allowed: MARKETIMPACT_KEY_MY_BANK in the environment, or \[keys\]"
    with pytest.raises(errors.InputError, match=words) as caught:
        secret("my-bank")
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize(
    "text", [f'[keys\nmy-bank = "{TEXT}"', f"my-bank {TEXT}", f'[keys]\nmy-bank = "{TEXT}', "\x00"]
)
def test_a_file_that_cannot_be_read_is_not_shown(text: str, config: Path) -> None:
    config.write_text(text)
    with pytest.raises(
        errors.InputError, match=r"settings\.toml: the file of settings cannot be read"
    ) as caught:
        read_config()
    assert TEXT not in str(caught.value)
    assert str(config.parent) not in str(caught.value)


def test_an_unknown_table_is_refused_without_what_stands_in_it(config: Path) -> None:
    config.write_text(f'[secrets]\nmy-bank = "{TEXT}"\n')
    with pytest.raises(
        errors.InputError, match=r"has unknown tables; received \['secrets'\]; allowed: \[hosts\]"
    ) as caught:
        read_config()
    assert TEXT not in str(caught.value)


def test_hosts_come_from_the_environment_before_the_file(config: Path) -> None:
    config.write_text('[hosts]\nfred = "https://mirror.bank/fred/"\nnbk = "https://mirror.bank/nbk"\n')
    hosts = hosts_of(
        {"MARKETIMPACT_HOST_NBK": "http://localhost:8000", "MARKETIMPACT_HOST_CBR": ""}, read_config()
    )
    assert hosts == {"fred": "https://mirror.bank/fred", "nbk": "http://localhost:8000"}
    assert list(hosts_of({}, {"hosts": {"ECB_live": "https://mirror.bank"}})) == ["ecb-live"], (
        "else it is silent"
    )


@pytest.mark.parametrize(
    "host",
    [
        "mirror.bank", "http://mirror.bank", "ftp://localhost", "https://", "https://a/?b=c", "https://[",
        "http://localhost.evil.example", f"https://me:{TEXT}@mirror.bank", f"https://me:{TEXT}@b@mirror.bank",
        f"https://:{TEXT}@mirror.bank", "https://mirror.bank:0", "https://mirror.bank:65536", "https://mirror.bank:x",
        f"me:{TEXT}@mirror.bank", f"https:/me:{TEXT}@mirror.bank", f"https://mirror.bank/?key={TEXT}",
        f"https://mirror.bank/#{TEXT}", f"me:{TEXT}%40mirror.bank",
    ],
)  # fmt: skip
def test_a_host_in_the_clear_or_with_a_user_is_refused(host: str) -> None:
    with pytest.raises(errors.InputError, match=r"hosts\.nbk: is no host that may be asked") as caught:
        hosts_of({"MARKETIMPACT_HOST_NBK": host}, {})
    assert TEXT not in str(caught.value)


def test_logs_lose_a_key_in_every_form_it_is_written_in(caplog: pytest.LogCaptureFixture) -> None:
    hide_in_logs(["", "a key/with&all"])
    with caplog.at_level(logging.DEBUG):
        for form in ("a key/with&all", "a%20key/with%26all", "a%20key%2Fwith%26all", "a+key%2Fwith%26all"):
            logging.getLogger("urllib3.connectionpool").debug("GET /x?key=%s HTTP", form)
        logging.getLogger("urllib3.connectionpool").debug("GET /x 100%% as it was %s", "said")
    assert caplog.messages == ["GET /x?key=*** HTTP"] * 4 + ["GET /x 100% as it was said"]
