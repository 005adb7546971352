"""The stacks: linted, and made in an empty account of moto."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint import ManualArgs, lint
from moto.events.models import EventPattern

from tests.deploy import aws, dockerfiles
from tests.deploy.aws import Properties, Stack

# what it leaves out is made by the services' own calls
pytestmark = pytest.mark.filterwarnings("ignore:.*not supported by moto")

TEMPLATES = ("ecs.yaml", "pipeline.yaml")
SERVICE = "segment-attribution"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret"
CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b"
# calls that know no resource
EVERYWHERE = {
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "logs:DescribeLogGroups",
}


def findings(text: str) -> list[str]:
    """What cfn-lint says, information too."""
    found = lint(text, config=ManualArgs(include_checks=["I"], regions=[aws.REGION]))
    return [f"{one.rule.id} {one.message}" for one in found]


@pytest.mark.parametrize("file", TEMPLATES)
def test_cfn_lint_finds_nothing(file: str) -> None:
    assert findings((dockerfiles.DEPLOY / file).read_text("utf-8")) == []


def test_cfn_lint_would_find_something() -> None:
    text = (dockerfiles.DEPLOY / "ecs.yaml").read_text("utf-8")
    found = findings(text.replace("NetworkMode: awsvpc", "NetworkMode: none-such"))
    assert any("none-such" in one for one in found)


@dataclass
class Account:
    """Both stacks in one account, as the pipeline would make them.

    Attributes:
        services: what the services know of what moto's CloudFormation left out, by stack.
    """

    service: Stack
    pipeline: Stack
    services: dict[str, dict[str, Properties]]
    task: Properties


def parameters() -> dict[str, str]:
    """Those of the example, with a network that is there."""
    text = (dockerfiles.DEPLOY / "parameters.example.json").read_text("utf-8")
    network = boto3.client("ec2")
    subnets = [one["SubnetId"] for one in network.describe_subnets()["Subnets"]]
    return {
        **json.loads(text)["Parameters"],
        "VpcId": network.describe_vpcs()["Vpcs"][0]["VpcId"],
        "SubnetIds": ",".join(subnets[:2]),
    }


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch, aws.account(patch):
        pipeline = Stack(
            "pipeline.yaml",
            f"{SERVICE}-pipeline",
            {"ConnectionArn": CONNECTION, "FullRepositoryId": "example/segment-attribution"},
        )
        made = {"pipeline": aws.make_the_rest(pipeline)}
        deploy = made["pipeline"]["Pipeline"]["stages"][-1]["actions"][0]["configuration"]
        overrides = json.loads(deploy["ParameterOverrides"])
        image = f"{pipeline.outputs['RepositoryUri']}@sha256:{'0' * 64}"
        service = Stack(
            deploy["TemplatePath"].partition("::deploy/")[2],
            deploy["StackName"],
            {
                **parameters(),
                **overrides,
                "ImageUri": image,
                "PagerDutySecretArn": f"{SECRET}:pagerduty-AbCdEf",
            },
        )
        made["service"] = aws.make_the_rest(service)
        yield Account(service, pipeline, made, aws.make_task(service.resolved("TaskDefinition")))


def test_the_schedule_starts_the_task(account: Account) -> None:
    schedule = account.services["service"]["Schedule"]
    target = schedule["Target"]
    clusters = boto3.client("ecs").describe_clusters(clusters=[account.service.names["Cluster"]])
    assert target["Arn"] == clusters["clusters"][0]["clusterArn"]
    assert target["EcsParameters"]["TaskDefinitionArn"] == account.service.names["TaskDefinition"]
    assert target["EcsParameters"]["LaunchType"] == "FARGATE"
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("cron(30 4 * * ? *)", "ENABLED")
    # a start that failed is not lost, and somebody is told
    queue = account.service.names["MissedStarts"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert target["DeadLetterConfig"]["Arn"] == attributes["Attributes"]["QueueArn"]
    alarm = account.services["service"]["MissedStart"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue.rpartition("/")[2]}]


def test_the_task_fits_the_image(account: Account) -> None:
    task = account.task
    [container] = task["containerDefinitions"]
    final = dockerfiles.stages()[-1]
    texts = {one.name: one for one in final}
    [volume] = texts["VOLUME"].listed
    assert container["user"] == texts["USER"].text
    assert container["readonlyRootFilesystem"] is True
    assert [one["containerPath"] for one in container["mountPoints"]] == [volume]
    assert {one["sourceVolume"] for one in container["mountPoints"]} == {
        one["name"] for one in task["volumes"]
    }
    assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"]
    assert container["image"].endswith("@sha256:" + "0" * 64)
    assert task["networkMode"] == "awsvpc"
    assert task["taskRoleArn"] != task["executionRoleArn"]


def test_passwords_come_from_secrets_alone(account: Account) -> None:
    [container] = account.task["containerDefinitions"]
    assert {one["name"]: one["valueFrom"] for one in container["secrets"]} == {
        "PGPASSWORD": f"{SECRET}:attribution-AbCdEf:password::",
        "RUNNER_PAGERDUTY_KEY": f"{SECRET}:pagerduty-AbCdEf",
    }
    plain = {one["name"]: one["value"] for one in container["environment"]}
    assert not {"PGPASSWORD", "RUNNER_PAGERDUTY_KEY", "RUNNER_SLACK_WEBHOOK"} & set(plain)
    assert "PGSSLROOTCERT" not in plain
    assert plain["RUNNER_LOG_FORMAT"] == "json"
    assert plain["RUNNER_METRICS"] == "cloudwatch"


def test_alarms_watch_what_the_runner_sends(account: Account) -> None:
    alarms = account.services["service"]
    [container] = account.task["containerDefinitions"]
    plain = {one["name"]: one["value"] for one in container["environment"]}
    for name in ("FailedRun", "MissedRun"):
        alarm = alarms[name]
        assert alarm["Namespace"] == plain["RUNNER_METRICS_NAMESPACE"]
        # tests/deploy/test_image.py looks at the line that a run writes
        assert alarm["MetricName"] == "run_succeeded"
        assert alarm["Dimensions"] == [{"Name": "target", "Value": plain["DBT_TARGET"]}]
        assert alarm["AlarmActions"] == [account.service.names["Notifications"]]
    assert alarms["MissedRun"]["TreatMissingData"] == "breaching"
    # CloudWatch looks back seven days at most
    assert alarms["MissedRun"]["Period"] * alarms["MissedRun"]["EvaluationPeriods"] <= 7 * 86400
    assert alarms["EmailSubscription"]["Endpoint"] == "oncall@example.com"


def stopped(account: Account, exit_code: int | None, **detail: Any) -> bool:
    """Whether the rule takes the event of a task that ended so."""
    rule = boto3.client("events").describe_rule(Name=account.service.names["KilledRun"])
    pattern = EventPattern(rule["EventPattern"], json.loads(rule["EventPattern"]))
    # EventBridge looks into each of a list of containers; moto knows only one that is no list
    container = {} if exit_code is None else {"exitCode": exit_code}
    cluster = account.services["service"]["Schedule"]["Target"]["Arn"]
    told = {"clusterArn": cluster, "lastStatus": "STOPPED", "containers": container, **detail}
    return pattern.matches_event(
        {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": told}
    )


def test_a_killed_task_is_told(account: Account) -> None:
    assert stopped(account, 137, stopCode="EssentialContainerExited")
    assert stopped(account, None, stopCode="TaskFailedToStart")
    # the runner has said so itself
    assert not stopped(account, 1, stopCode="EssentialContainerExited")
    assert not stopped(account, 0, stopCode="EssentialContainerExited")
    assert not stopped(account, None, stopCode="TaskFailedToStart", lastStatus="RUNNING")
    assert not stopped(account, 137, stopCode="EssentialContainerExited", clusterArn="another")


def statements(stack: Stack) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of every role, with the role's logical name."""
    return [
        (logical, statement)
        for logical, resource in stack.template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
        for policy in stack.resolved(logical).get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def listed(value: str | list[str]) -> list[str]:
    """One or several."""
    return [value] if isinstance(value, str) else value


def test_roles_may_no_more_than_they_need(account: Account) -> None:
    for stack in (account.service, account.pipeline):
        for role, statement in statements(stack):
            actions = set(listed(statement["Action"]))
            assert not any("*" in action for action in actions), role
            if "*" in listed(statement["Resource"]):
                assert actions <= EVERYWHERE, role
            if "iam:PassRole" in actions:
                assert "iam:PassedToService" in statement["Condition"]["StringEquals"], role
    assert not [role for role, _ in statements(account.service) if role == "TaskRole"]
    secrets = [
        one["Resource"]
        for role, one in statements(account.service)
        if one["Action"] == "secretsmanager:GetSecretValue"
    ]
    assert secrets == [[f"{SECRET}:attribution-AbCdEf", f"{SECRET}:pagerduty-AbCdEf"]]


def test_the_pipeline_may_make_all_that_the_stack_has(account: Account) -> None:
    allowed = {
        action.partition(":")[0]
        for role, statement in statements(account.pipeline)
        if role == "DeployRole"
        for action in listed(statement["Action"])
    }
    needed = {
        resource["Type"].split("::")[1].lower()
        for resource in account.service.template["Resources"].values()
    }
    assert needed == {
        "cloudwatch", "ec2", "ecs", "events", "iam", "logs", "scheduler", "sns", "sqs",
    }  # fmt: skip
    assert needed <= allowed
    # whatever gets a name of CloudFormation's begins with the stack's
    for name in ("ExecutionRole", "LogGroup", "MissedStarts", "Notifications"):
        assert f"{SERVICE}-" in account.service.names[name]


def test_the_pipeline_goes_from_push_to_stack(account: Account) -> None:
    pipeline = account.services["pipeline"]["Pipeline"]
    source, build, deploy = (stage["actions"][0] for stage in pipeline["stages"])
    assert source["configuration"]["DetectChanges"] == "true"
    assert source["configuration"]["BranchName"] == "main"
    stages = account.pipeline.template["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert stages[1]["Actions"][0]["Configuration"]["ProjectName"] == {"Ref": "Build"}
    artifacts = {one["name"] for one in source["outputArtifacts"]}
    for action in (build, deploy):
        assert {one["name"] for one in action["inputArtifacts"]} <= artifacts
    overrides = json.loads(deploy["configuration"]["ParameterOverrides"])
    assert overrides["ImageUri"] == f"#{{{build['namespace']}.IMAGE_URI}}"
    assert overrides["RepositoryArn"] == account.pipeline.outputs["RepositoryArn"]
    known = set(account.service.template["Parameters"])
    text = (dockerfiles.DEPLOY / "parameters.example.json").read_text("utf-8")
    assert set(overrides) | set(json.loads(text)["Parameters"]) <= known
    # what has no default is given
    required = {
        name for name, one in account.service.template["Parameters"].items() if "Default" not in one
    }
    assert required <= set(overrides) | set(json.loads(text)["Parameters"])


def test_every_parameter_is_described(account: Account) -> None:
    for stack in (account.service, account.pipeline):
        for name, one in stack.template["Parameters"].items():
            assert one.get("Description", "").endswith("."), name
        groups = stack.template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        assert sorted(grouped) == sorted(stack.template["Parameters"])


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("ImageUri", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/a@sha256:" + "a" * 64, "a"),
        ("ImageUri", "localhost:5000/a/b:1.2", "a/b@sha256:12"),
        ("ScheduleExpression", "rate(12 hours)", "30 4 * * *"),
        ("DatabaseSecretArn", f"{SECRET}:a-AbCdEf", "a-AbCdEf"),
        ("NotificationEmail", "", "oncall"),
    ],
)
def test_parameters_are_checked(account: Account, parameter: str, good: str, bad: str) -> None:
    pattern = account.service.template["Parameters"][parameter]["AllowedPattern"]
    assert re.fullmatch(pattern, good)
    assert not re.fullmatch(pattern, bad)


def test_the_build_is_given_what_its_commands_read(account: Account) -> None:
    text = (dockerfiles.DEPLOY / "buildspec.yml").read_text("utf-8")
    project = account.services["pipeline"]["Build"]
    given = {one["name"] for one in project["environment"]["environmentVariables"]}
    read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text))
    own = {"IMAGE_URI", "AWS_REGION"}
    assert {one for one in read - own if not one.startswith("CODEBUILD_")} == given
    assert project["source"]["buildspec"] == "deploy/buildspec.yml"
    assert project["environment"]["privilegedMode"] is True
    assert Path(project["source"]["buildspec"]).name in {
        one.name for one in dockerfiles.DEPLOY.iterdir()
    }
