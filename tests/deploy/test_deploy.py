"""The deployment files parse and agree with the code where no container engine runs."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.cli.settings import environment_file
from storage.secrets import load_or_create

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def test_the_example_environment_file_lists_every_setting_as_the_code_has_it() -> None:
    assert (DEPLOY / "env.example").read_text(encoding="utf-8") == environment_file()


def test_compose_brings_up_web_scheduler_and_their_servers_after_the_migration() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert set(services) == {"migrate", "web", "scheduler", "nginx", "postgres", "redis"}
    for name in ("web", "scheduler"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["read_only"] is True
    assert "ports" not in services["postgres"]
    assert "ports" not in services["redis"]


def test_no_secret_has_a_default_in_compose() -> None:
    text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}", text)
    assert secrets
    assert all(rest.startswith(":?") for _, rest in secrets)


def test_the_image_runs_as_an_ordinary_user_from_hashed_requirements() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert any("--require-hashes" in line for line in lines)
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER gongkai" in last_stage
    copied = {line.split()[1].split("/")[0] for line in lines if line.startswith("COPY") and "--from" not in line}
    assert {"bot", "storage", "scheduler"} <= copied
    assert all((DEPLOY.parent / name).exists() for name in copied)


@pytest.mark.parametrize("unit", ["gongkai-web.service", "gongkai-scheduler.service"])
def test_units_start_our_processes_without_privileges(unit: str) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / unit, encoding="utf-8")
    service = parser["Service"]
    assert service["User"] == "gongkai"
    assert service["NoNewPrivileges"] == "yes"
    assert service["UMask"] == "0077"
    assert service["CapabilityBoundingSet"] == ""
    closed = ["ProtectKernelModules", "PrivateDevices", "RestrictNamespaces", "LockPersonality", "ProtectClock"]
    assert {service[name] for name in closed} == {"yes"}
    assert re.search(r"gongkai serve$|-m scheduler$", service["ExecStart"])


def test_the_proxy_passes_the_webhook_without_logging_its_query() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    webhook = text[text.index("location /wechat") : text.index("location / {")]
    assert "access_log off" in webhook
    assert "$proxy_add_x_forwarded_for" not in text


@pytest.mark.parametrize("path", ["/t/abc", "/bind/ABCDEFGH", "/desk/link/abc", "/desk/calendar/3/abc.ics"])
def test_the_proxy_logs_no_path_that_is_a_key(path: str) -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    pattern, body = re.search(r"location ~ (\S+) \{(.*?)\}", text, re.DOTALL).groups()
    assert re.match(pattern, path)
    assert "access_log off;" in body
    assert not re.match(pattern, "/desk/login")


def test_behind_the_proxy_of_compose_cookies_are_secure_and_the_log_names_the_visitor() -> None:
    environment = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))["services"]["web"]["environment"]
    assert environment["GONGKAI_BASE_URL"].startswith("${GONGKAI_BASE_URL:?")
    assert environment["GONGKAI_BEHIND_PROXY"] == "true"


def test_backup_makes_an_archive_with_database_and_secrets(tmp_path: Path) -> None:
    if subprocess.run(["which", "sqlite3"], capture_output=True, check=False).returncode:
        pytest.skip("no sqlite3 command on this machine")
    data, target = tmp_path / "data", tmp_path / "backups"
    data.mkdir()
    subprocess.run(["sqlite3", str(data / "gongkai.db"), "create table t(a)"], check=True)
    load_or_create(data, "people")
    environment = {"PATH": os.environ["PATH"], "GONGKAI_DATA_DIR": str(data)}
    subprocess.run([DEPLOY / "backup.sh", target], check=True, env=environment, capture_output=True)
    (archive,) = target.iterdir()
    names = subprocess.run(["tar", "-tzf", archive], check=True, capture_output=True, text=True).stdout
    assert "./gongkai.db" in names
    assert "./secrets/people" in names
