"""The manifests of deploy/kubernetes: Kubernetes accepts them, and what docker-compose.yml guarantees holds there too."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.__main__ import SERVICES
from shared.settings import settings_of

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
#: the oldest version of Kubernetes whose schemas must accept them, and a newer one
VERSIONS = ("1.27", "1.33")
COMPONENTS = {service.prefix.lstrip("/") for service in SERVICES}
Manifest = dict[str, Any]

pytestmark = pytest.mark.tools


@cache
def rendered(overlay: str) -> tuple[Manifest, ...]:
    kubectl = shutil.which("kubectl")
    assert kubectl, "install Debian's package kubernetes-client"
    command = [kubectl, "kustomize", str(FOLDER / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, kind: str) -> list[Manifest]:
    return [each for each in rendered(overlay) if each["kind"] == kind]


def pods(overlay: str) -> list[Manifest]:
    return [each["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for each in of_kind(overlay, kind)]


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_every_manifest(overlay: str, version: str) -> None:
    import kubernetes_validate

    for manifest in rendered(overlay):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_with_a_misspelt_field_is_not_accepted() -> None:
    import kubernetes_validate

    (wrong, *_) = of_kind("small", "PodDisruptionBudget")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**wrong, "spec": {"maxUnavailabel": 1}}, VERSIONS[0], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_has_its_deployment_address_budget_and_autoscaler(overlay: str) -> None:
    wanted = {f"zeven-{name}" for name in COMPONENTS}
    for kind in ("Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"):
        assert {each["metadata"]["name"] for each in of_kind(overlay, kind)} == wanted
    for scaler in of_kind(overlay, "HorizontalPodAutoscaler"):
        assert scaler["spec"]["scaleTargetRef"]["name"] == scaler["metadata"]["name"]
    (ingress,) = of_kind(overlay, "Ingress")
    paths = {path["path"]: path["backend"]["service"]["name"] for path in ingress["spec"]["rules"][0]["http"]["paths"]}
    assert paths == {f"/{name}": f"zeven-{name}" for name in COMPONENTS} | {"/openapi.json": "zeven-governance"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_find_the_pods_of_one_service(overlay: str) -> None:
    for deployment in of_kind(overlay, "Deployment"):
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        name = deployment["metadata"]["name"]
        selectors = [deployment["spec"]["selector"]["matchLabels"]]
        selectors += [
            each["spec"]["selector"] for each in of_kind(overlay, "Service") if each["metadata"]["name"] == name
        ]
        budgets = of_kind(overlay, "PodDisruptionBudget")
        selectors += [each["spec"]["selector"]["matchLabels"] for each in budgets if each["metadata"]["name"] == name]
        assert len(selectors) == 3
        for selector in selectors:
            assert selector.items() <= labels.items()
            assert f"zeven-{selector['app.kubernetes.io/component']}" == name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_have_no_rights_and_no_variables_that_they_do_not_need(overlay: str) -> None:
    for pod in pods(overlay):
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_service_waits_for_its_schema_and_stops_without_refusing_a_request(overlay: str) -> None:
    for deployment in of_kind(overlay, "Deployment"):
        name = deployment["metadata"]["name"].removeprefix("zeven-").replace("-", "_")
        pod = deployment["spec"]["template"]["spec"]
        (waiting,), (service,) = pod["initContainers"], pod["containers"]
        assert waiting["args"] == ["python", "-m", "services", "wait", name]
        assert service["args"] == ["python", "-m", f"services.{name}"]
        assert service["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert service["livenessProbe"]["httpGet"]["path"] == service["startupProbe"]["httpGet"]["path"] == "/livez"
        pause = int(service["lifecycle"]["preStop"]["exec"]["command"][1])
        probe = service["readinessProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] < pause < pod["terminationGracePeriodSeconds"] - 20
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_variables_are_settings_and_a_service_knows_its_own_passwords_only(overlay: str) -> None:
    known = {f"ZEVEN_{name.upper()}" for name in settings_of(service.settings for service in SERVICES).model_fields}
    (settings,) = of_kind(overlay, "ConfigMap")
    assert set(settings["data"]) <= known
    for deployment in of_kind(overlay, "Deployment"):
        name = deployment["metadata"]["name"].removeprefix("zeven-").replace("-", "_").upper()
        pod = deployment["spec"]["template"]["spec"]
        for container in (*pod["containers"], *pod["initContainers"]):
            assert {each["name"] for each in container["env"]} <= known
            keys = {each["valueFrom"]["secretKeyRef"]["key"] for each in container["env"] if "valueFrom" in each}
            passwords = {key for key in keys if re.search(r"PASSWORD_", key)}
            assert passwords <= {f"ZEVEN_DATABASE_PASSWORD_{name}", f"ZEVEN_BUS_PASSWORD_{name}"}
            assert ("ZEVEN_SECRET" in keys) == (name == "GOVERNANCE" and container["name"] == "service")
    (job,) = of_kind(overlay, "Job")
    (migrate,) = job["spec"]["template"]["spec"]["containers"]
    assert migrate["args"] == ["python", "-m", "services", "migrate"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_are_reached_and_reach_what_they_need_and_nothing_else(overlay: str) -> None:
    (policy,) = of_kind(overlay, "NetworkPolicy")
    selector = policy["spec"]["podSelector"]["matchLabels"]
    for kind in ("Deployment", "Job"):
        for each in of_kind(overlay, kind):
            assert selector.items() <= each["spec"]["template"]["metadata"]["labels"].items()
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 5432, 5671, 5672, 8000}


@pytest.mark.parametrize(("overlay", "replicas"), [("example", 2), ("small", 1)])
def test_an_overlay_says_how_many_replicas_there_are(overlay: str, replicas: int) -> None:
    assert {each["spec"]["minReplicas"] for each in of_kind(overlay, "HorizontalPodAutoscaler")} == {replicas}
