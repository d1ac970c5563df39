"""What is shipped to run the service is what Docker and systemd take."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_the_compose_file_keeps_to_the_compose_specification() -> None:
    words = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yml"))
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_compose_file_mounts_what_there_is() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))["services"]
    assert set(services) == {"paceline", "database", "prometheus", "grafana"}
    mounted = [volume.split(":")[0] for one in services.values() for volume in one["volumes"]]
    own = {path for path in mounted if path.startswith("./")} - {"./dialer.toml"}
    assert own
    assert [path for path in own if not (DEPLOY / path).exists()] == []
    ports = [port for one in services.values() for port in one.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports), "nothing is open to the network unasked"


def test_the_image_has_every_package_of_the_service() -> None:
    copied = re.findall(r"^COPY (\w+) \1$", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    allowed = re.findall(r"^!(\w+)$", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), flags=re.MULTILINE)
    packaged = re.search(r"^include = \[(.+)\]$", (ROOT / "pyproject.toml").read_text("utf-8"), flags=re.MULTILINE)
    assert packaged
    assert sorted(copied) == sorted(re.findall(r'"(\w+)\*"', packaged[1]))
    assert set(copied) <= {*allowed}


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine (Debian: apt install systemd)")
    shutil.copytree(DEPLOY / "systemd", tmp_path, dirs_exist_ok=True)
    unit = tmp_path / "paceline.service"
    written = unit.read_text("utf-8")
    assert "/opt/paceline/.venv/bin/dialer" in written
    unit.write_text(written.replace("/opt/paceline/.venv/bin/dialer", sys.executable), "utf-8")
    for other, program in {"prometheus": sys.executable, "grafana-server": sys.executable}.items():
        (tmp_path / f"{other}.service").write_text(f"[Service]\nExecStart={program}\n", "utf-8")
    drop_in = tmp_path / "prometheus.service.d" / "paceline.conf"
    drop_in.write_text(drop_in.read_text("utf-8").replace("/usr/bin/prometheus", sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(one) for one in sorted(tmp_path.glob("*.service")))],
        capture_output=True, text=True, timeout=60, check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:/lib/systemd/system", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("word", ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"])
def test_the_units_are_shut_in(word: str) -> None:
    for unit in [*(DEPLOY / "systemd").glob("*.service"), *(DEPLOY / "systemd").glob("*.d/*.conf")]:
        assert word in unit.read_text("utf-8").splitlines(), unit.name
    assert "User=paceline" in (DEPLOY / "systemd/paceline.service").read_text("utf-8").splitlines()
