"""The manifests that the real helm makes of the chart, against the schemas of Kubernetes."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from .test_values import CHART, SITE

pytestmark = pytest.mark.long

HELM = "v3.19.2"
KUBERNETES = "1.32"


@pytest.fixture(scope="session")
def helm() -> str:
    """The program, built from the Go proxy where the machine has Go; kept for all clones."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lienxa" / f"helm-{HELM}"
    if not (cache / "helm").is_file():
        go = shutil.which("go")
        if go is None:
            pytest.skip("no Go here to build helm with")
        built = subprocess.run(
            [go, "install", f"helm.sh/helm/v3/cmd/helm@{HELM}"],
            env={**os.environ, "GOBIN": str(cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            pytest.skip(f"helm cannot be built here: {built.stderr.strip()[-200:]}")
    return str(cache / "helm")


def values(folder: Path, **changed: Any) -> list[str]:
    """The values of a site, as arguments."""
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump({**SITE, **changed}), "utf-8")
    return ["--values", str(path), "--kube-version", f"{KUBERNETES}.0"]


def rendered(helm: str, folder: Path, **changed: Any) -> list[dict[str, Any]]:
    command = [helm, "template", "lx", str(CHART), *values(folder, **changed)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [found for found in yaml.safe_load_all(said) if found]


def pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pod of each process."""
    return {
        found["metadata"]["name"].removeprefix("lx-lienxa-"): found["spec"]["template"]["spec"]
        for found in manifests
        if found["kind"] in ("Deployment", "Job")
    }


def test_it_is_sound(helm: str, tmp_path: Path) -> None:
    said = subprocess.run(
        [helm, "lint", "--strict", str(CHART), *values(tmp_path)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("changed", [{}, {"database": {"pooled": True}, "data": {"existingClaim": "files"}}], ids=str)
def test_kubernetes_would_take_every_manifest(helm: str, tmp_path: Path, changed: dict[str, Any]) -> None:
    manifests = rendered(helm, tmp_path, **changed)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    kinds = Counter(manifest["kind"] for manifest in manifests)
    assert kinds["Deployment"] == 5
    assert kinds["PersistentVolumeClaim"] == (0 if "data" in changed else 1)


def test_no_process_has_a_login_that_it_does_not_need(helm: str, tmp_path: Path) -> None:
    logins = {
        name: {entry["name"] for entry in pod["containers"][0]["env"] if entry["name"].endswith("_DSN")}
        for name, pod in pods(rendered(helm, tmp_path)).items()
    }
    app = {"LIENXA_DB_APP_DSN"}
    assert logins == {
        "web": app,
        "worker-quick": app,
        "worker-heavy": app,
        "worker-operator": app | {"LIENXA_DB_OPERATOR_DSN"},
        "scheduler": app,
        "migrate": {"LIENXA_DB_MIGRATOR_DSN"},
    }


def test_every_container_is_nobody_and_writes_into_its_volumes_alone(helm: str, tmp_path: Path) -> None:
    for name, pod in pods(rendered(helm, tmp_path)).items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert not pod["automountServiceAccountToken"], name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["limits"]["memory"], name


def test_no_secret_stands_in_a_manifest(helm: str, tmp_path: Path) -> None:
    for pod in pods(rendered(helm, tmp_path)).values():
        for entry in pod["containers"][0]["env"]:
            if entry["name"].endswith(("_KEY", "_SECRET", "_PASSWORD", "_TOKEN", "_DSN")):
                assert "value" not in entry, entry["name"]
